'use strict';

// A cell of text; never HTML, as names come from files.
function cell(row, text, kind = 'td') {
  const made = document.createElement(kind);
  made.textContent = text;
  row.append(made);
  return made;
}

function rowOf(parent, texts, kind = 'td') {
  const row = document.createElement('tr');
  for (const text of texts) cell(row, text, kind);
  parent.append(row);
  return row;
}

const show = (value, digits = 4) => (value === null || value === undefined ? '–' : value.toFixed(digits));
const spoken = (name) => name.replaceAll('_', ' ');

function fillScores(table, scores) {
  const capped = scores.some((score) => score.upper_bound !== null);
  const heads = ['score', 'value', '95 % CI'].concat(capped ? ['upper bound'] : []);
  rowOf(table.createTHead(), heads, 'th');
  const body = table.createTBody();
  for (const { key, value, low, high, upper_bound: bound } of scores) {
    const interval = low === null ? '' : `${show(low, 3)} – ${show(high, 3)}`;
    rowOf(body, [key, show(value), interval].concat(capped ? [bound === null ? '' : show(bound)] : []));
  }
}

function fillErrors(table, errors, classes) {
  rowOf(table.createTHead(), ['', ...classes.map(spoken)], 'th');
  const body = table.createTBody();
  rowOf(body, ['true nuclei', ...errors.gt]);
  rowOf(body, ['predictions', ...errors.pred]);
  for (const [name, rows] of [['true nuclei by size', errors.by_size], ['true nuclei by crowding', errors.by_crowding]]) {
    rowOf(body, [name, ...classes.map(() => '')]).className = 'group';
    for (const [label, counts] of rows) rowOf(body, [label, ...counts]);
  }
}

// One line an image; `open` is called with its place when it is clicked.
function fillRanking(table, rows, open) {
  const keys = ['file_name', 'gt', 'pred', 'aji', 'aji_plus', 'pq', 'dq', 'sq', 'dice', 'ap50', 'f1_50'];
  const head = rowOf(table.createTHead(), [], 'th');
  const body = table.createTBody();
  let sorted = 'aji';
  let rising = true;
  const order = () => {
    const key = sorted;
    const sign = rising ? 1 : -1;
    const lines = rows.map((row, place) => ({ row, place }));
    lines.sort((a, b) => sign * (typeof a.row[key] === 'string' ? a.row[key].localeCompare(b.row[key]) : (a.row[key] ?? -1) - (b.row[key] ?? -1)));
    const shown = body.querySelector('.shown')?.dataset.place;
    body.replaceChildren();
    for (const { row, place } of lines) {
      const line = rowOf(body, keys.map((name) => (Number.isInteger(row[name]) && name.length < 5 && !['aji', 'pq', 'dq', 'sq', 'dice'].includes(name) ? row[name] : typeof row[name] === 'string' ? row[name] : show(row[name], 3))));
      line.dataset.place = place;
      line.classList.toggle('shown', String(place) === shown);
      line.addEventListener('click', () => open(place));
    }
  };
  for (const key of keys) {
    const button = document.createElement('button');
    button.textContent = spoken(key);
    button.addEventListener('click', () => {
      rising = sorted === key ? !rising : true;
      sorted = key;
      order();
    });
    cell(head, '', 'th').append(button);
  }
  order();
}
