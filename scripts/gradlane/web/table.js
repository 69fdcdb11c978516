// A chart's table: sorts by any column, and leaves as CSV.

const shown = (entry) => (entry !== null && typeof entry === "object" ? entry.text : entry);
const sortedBy = (entry) => (entry !== null && typeof entry === "object" ? entry.value : entry);

function compareCells(a, b) {
  const [one, other] = [sortedBy(a), sortedBy(b)];
  if (missing(one) || missing(other)) return missing(one) - missing(other);
  return typeof one === "number" && typeof other === "number"
    ? one - other
    : String(one).localeCompare(String(other), "en");
}

function csvOf(header, rows) {
  const plain = (entry) => {
    const value = entry !== null && typeof entry === "object" ? (entry.csv ?? entry.value) : entry;
    const text = missing(value) ? "" : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [header, ...rows].map((row) => row.map(plain).join(",")).join("\n") + "\n";
}

function download(name, content) {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type: "text/csv" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// One button a heading; the arrow and aria-sort say which way. A second press turns the order.
function tableOf(caption, header, rows) {
  const numeric = header.map((_, k) => rows.length > 0 && rows.every((row) => typeof row[k] === "object"));
  const body = element("tbody");
  const fill = (ordered) =>
    body.replaceChildren(
      ...ordered.map((row) =>
        element(
          "tr",
          {},
          ...row.map((entry, k) => element("td", numeric[k] ? { class: "r" } : {}, String(shown(entry)))),
        ),
      ),
    );
  const heads = header.map((name, k) => {
    const button = element("button", { type: "button", onclick: () => sort(k) }, name);
    return element("th", { scope: "col", class: numeric[k] ? "r" : false }, button);
  });
  function sort(k) {
    const down = heads[k].getAttribute("aria-sort") === "ascending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[k].setAttribute("aria-sort", down ? "descending" : "ascending");
    fill([...rows].sort((a, b) => (down ? -1 : 1) * compareCells(a[k], b[k])));
  }
  fill(rows);
  const made = element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...heads)),
    body,
  );
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, made);
}
