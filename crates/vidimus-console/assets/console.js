// Keeps the list of requests up to date. Without it, the page is loaded again by hand. Whatever comes is
// put in as text, never as markup.
'use strict';

const ROWS_MAX = 200;
const EVERY_MILLISECONDS = 2000;

const table = document.getElementById('requests');
const state = document.getElementById('live-state');
const pause = document.getElementById('pause');
let paused = false;
let newest = table.querySelector('tbody tr')?.dataset.id ?? '';

function cell(kind, label, child) {
  const made = document.createElement(kind);
  made.setAttribute('role', kind === 'th' ? 'rowheader' : 'cell');
  if (kind === 'th') made.scope = 'row';
  if (label) made.dataset.label = label;
  made.append(child);
  return made;
}

function element(kind, properties, text) {
  const made = Object.assign(document.createElement(kind), properties);
  made.textContent = text;
  return made;
}

function row(line) {
  const made = document.createElement('tr');
  made.setAttribute('role', 'row');
  made.dataset.id = line.id;
  made.append(
    cell('td', 'Time', element('time', { dateTime: line.machine }, line.when)),
    cell('th', '', element('a', { href: line.to }, `${line.method} ${line.path}`)),
    cell('td', 'Status', element('span', { className: `tag ${line.tone}` }, line.status)),
    cell('td', 'Why', line.because),
    cell('td', 'Caller', line.caller),
    cell('td', 'Tenant', line.tenant),
    cell('td', 'Took', line.took),
  );
  return made;
}

function show(lines) {
  if (!lines.length) return;
  const body = table.querySelector('tbody');
  for (const line of lines) body.prepend(row(line));
  while (body.rows.length > ROWS_MAX) body.rows[body.rows.length - 1].remove();
  newest = lines[lines.length - 1].id;
  table.hidden = false;
  document.getElementById('empty').hidden = true;
}

async function look() {
  if (paused || document.hidden) return;
  const url = new URL(table.dataset.live, location.href);
  if (newest) url.searchParams.set('since', newest);
  try {
    const answer = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'error' });
    if (answer.status === 403) {
      stop('The session is over. Reload to sign in.');
      return;
    }
    show((await answer.json()).items);
    state.textContent = 'Live';
  } catch {
    state.textContent = 'The server does not answer';
  }
}

function stop(text) {
  clearInterval(timer);
  pause.hidden = true;
  state.textContent = text;
}

const timer = setInterval(look, EVERY_MILLISECONDS);
pause.hidden = false;
pause.addEventListener('click', () => {
  paused = !paused;
  pause.textContent = paused ? 'Go on' : 'Pause';
  state.textContent = paused ? 'Paused' : 'Live';
});
look();
