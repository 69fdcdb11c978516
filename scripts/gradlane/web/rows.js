// From the packed text in the page to rows (embed.py packs them).

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(plain).json();
}

// Columns to objects. Texts and lists stand as places in a list of those that occur. Column by column: a full sweep has
// tens of thousands of rows, and Object.fromEntries takes a second for them.
function rowsOf(columns) {
  const rows = [];
  for (const [name, column] of Object.entries(columns)) {
    const values = Array.isArray(column) ? column : column.at.map((place) => column.of[place]);
    values.forEach((value, k) => {
      (rows[k] ??= {})[name] = value;
    });
  }
  return rows;
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
