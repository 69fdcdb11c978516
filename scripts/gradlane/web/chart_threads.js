// What more threads bring: times faster than one.

// Each row of several threads over the same row on one.
function scaling(rows) {
  const alone = new Map(
    rows.filter((row) => row.threads === 1).map((row) => [`${pairOf(row)} ${row.n} ${row.points}`, row.ns]),
  );
  return rows
    .filter((row) => row.threads > 1 && alone.has(`${pairOf(row)} ${row.n} ${row.points}`))
    .map((row) => ({ ...row, gain: alone.get(`${pairOf(row)} ${row.n} ${row.points}`) / row.ns }));
}

charts.threads = () => {
  const rows = scaling(
    report.timings.filter(
      (row) => row.problem === selection.problem && row.dtype === selection.dtype && row.backend === selection.backend,
    ),
  );
  if (rows.length === 0) return null;
  const counts = rising(rows.map((row) => row.threads));
  const most = counts.at(-1);
  const point = (x) => (row) => ({
    x: row[x],
    y: row.gain,
    text: `n = ${row.n}, ${threadsText(row.threads)}: ${ratioText(row.gain)}, efficiency ${shareText(row.gain / row.threads)}`,
  });
  const panel = (title, x, part, key) => ({
    title,
    x,
    y: axes.gain("times faster than 1 thread"),
    guides: [{ y: 1, solid: true }],
    traces: linesBy(drawn(part), pairOf, point(key), lanesLook),
  });
  const panels = [
    panel(
      `${most} threads`,
      axes.size(rows.map((row) => row.n)),
      rows.filter((row) => row.threads === most),
      "n",
    ),
  ];
  panels[0].guides.push({ y: most, text: `ideal: ${most} ×` });
  if (counts.length > 1) {
    // two numbers of threads are no curve
    const n = Math.max(...rows.map((row) => row.n));
    const part = rows.filter((row) => row.n === n).sort((a, b) => a.threads - b.threads);
    panels.push(panel(`n = ${sizeText(n)}`, axes.size([1, ...counts], "threads"), part, "threads"));
    panels[1].traces.push(guideLine([1, most], [1, most]));
  }
  return {
    panels,
    sharedY: true,
    shown: `${selection.problem}, ${selection.dtype}, ${selection.backend}`,
    alt:
      `Charts of times faster than one thread of ${selection.problem} (${selection.dtype}, ${selection.backend}). On ${most} threads: ` +
      rows
        .filter((row) => row.threads === most)
        .map((row) => `${pairOf(row)} ${ratioText(row.gain)} at n = ${row.n}`)
        .join("; "),
    header: ["method/lanes", "n", "points", "threads", "time", "times faster", "efficiency"],
    rows: rows.map((row) => [
      pairOf(row),
      cell.whole(row.n),
      cell.whole(row.points),
      cell.whole(row.threads),
      cell.time(row.ns),
      cell.ratio(row.gain),
      cell.share(row.gain / row.threads),
    ]),
  };
};
