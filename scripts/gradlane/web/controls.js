// The pickers: plain form controls, so that the keyboard and screen readers know them.

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

function picker(label, key, options, show = String) {
  const list = element("select", { id: `pick-${key}`, onchange: () => choose({ [key]: options[list.selectedIndex] }) });
  for (const option of options) list.append(element("option", { value: option }, show(option)));
  watchers.push(() => {
    list.selectedIndex = options.indexOf(selection[key]);
  });
  return element("label", {}, element("span", {}, label), list);
}

function methodPicker(report) {
  const boxes = element("fieldset", { id: "pick-methods" }, element("legend", {}, "methods in colour"));
  for (const method of report.methods) {
    const box = element("input", {
      type: "checkbox",
      value: method,
      onchange: () =>
        choose({ methods: report.methods.filter((name) => (name === method ? box.checked : chosen(name))) }),
    });
    const swatch = element("i", { class: "swatch", "data-method": method });
    boxes.append(element("label", {}, box, swatch, method));
    watchers.push(() => {
      box.checked = chosen(method);
    });
  }
  const set = (methods) => () => choose({ methods });
  const others = element("input", {
    type: "checkbox",
    id: "pick-others",
    onchange: () => choose({ others: others.checked }),
  });
  watchers.push(() => {
    others.checked = selection.others;
  });
  const buttons = element(
    "p",
    { class: "buttons" },
    element("button", { type: "button", onclick: set(report.methods) }, "all"),
    element("button", { type: "button", onclick: set([]) }, "none"),
    element("label", {}, others, "the others in grey"),
  );
  const count = element("span");
  watchers.push(() => {
    count.textContent = `${selection.methods.length} of ${report.methods.length}`;
  });
  return element("details", { class: "methods" }, element("summary", {}, "methods: ", count), boxes, buttons);
}

function buildControls(report) {
  const place = document.getElementById("controls");
  if (report.problems.length === 0) {
    // Of elementary functions alone.
    place.append(picker("precision", "dtype", report.dtypes));
    return;
  }
  place.append(
    picker("problem", "problem", report.problems),
    picker("precision", "dtype", report.dtypes),
    picker("instruction set", "backend", report.ours),
    picker("threads", "threads", report.threads),
    picker(
      "correct digits",
      "digits",
      Array.from({ length: report.digits[1] }, (_, k) => k + 1),
    ),
    picker("choose among", "among", ["all", "black box"], (kind) =>
      kind === "all" ? "all methods" : "a black box: differences of values",
    ),
    methodPicker(report),
  );
}
