// From the packed text in the page to rows (embed.py packs them).

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(plain).json();
}

// Columns to objects, for those rows that are looked at: a full sweep has tens of thousands. Texts and lists stand as
// places in a list of those that occur.
function rowsAt(columns, places) {
  const rows = places.map(() => ({}));
  for (const [name, column] of Object.entries(columns)) {
    const value = Array.isArray(column) ? (place) => column[place] : (place) => column.of[column.at[place]];
    places.forEach((place, k) => (rows[k][name] = value(place)));
  }
  return rows;
}

// The rows of a problem, or all where rows have none; made once.
function rowsOf(columns) {
  const known = new Map();
  const [column] = Object.values(columns);
  const all = (Array.isArray(column) ? column : column.at).map((_, place) => place);
  const { of: names, at } = columns.problem ?? {};
  return (problem) => {
    const name = names?.indexOf(problem);
    if (!known.has(name)) known.set(name, rowsAt(columns, names ? all.filter((place) => at[place] === name) : all));
    return known.get(name);
  };
}

const pairOf = (row) => `${row.method}/${row.lanes}`;
const nameOf = (row) =>
  `${row.problem}/${pairOf(row)}/${row.dtype}/${row.backend}/n:${row.n}/points:${row.points}/threads:${row.threads}`;

function groupBy(rows, key) {
  const groups = new Map();
  for (const row of rows) {
    const name = key(row);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(row);
  }
  return groups;
}

const unique = (values) => [...new Set(values)];
const rising = (values) => unique(values).sort((a, b) => a - b);
const byN = (rows) => [...rows].sort((a, b) => a.n - b.n);
const fastest = (rows) =>
  rows.reduce(
    (best, row) => (!best || row.ns < best.ns || (row.ns === best.ns && nameOf(row) < nameOf(best)) ? row : best),
    null,
  );
