// What operators do, whichever story is about it; and what programs do for a story, through the admin API.
'use strict';

const assert = require('assert/strict');
const https = require('https');

const { PASSWORD } = require('./stage');

const APP = { id: 'app', secret: 'secret-of-the-app-0123456789abcdef0123456789abcdef' };
const API = { id: 'api', secret: 'secret-of-the-api-0123456789abcdef0123456789abcdef' };

// Whoever has signed in to the console.
async function operator(stage, username = 'olga', options = {}) {
  const person = await stage.person({ viewport: { width: 1280, height: 800 }, ...options });
  await signIn(person.page, stage.issuer, username);
  assert.equal(new URL(person.page.url()).pathname, '/console');
  return person;
}

async function signIn(page, issuer, username, password = PASSWORD) {
  await page.goto(`${issuer}/console/sign-in`);
  await submit(page, { username, password }, '#login');
}

// Fills in fields by their names, and presses a button.
async function submit(page, fields, button) {
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`main [name="${name}"]`);
    const kind = await field.evaluate((one) => one.type ?? '');
    if (kind === 'checkbox') await field.setChecked(value);
    else if (kind.startsWith('select')) await field.selectOption(value);
    else await field.fill(value);
  }
  await press(page, button);
}

// To the page that comes of it.
async function press(page, button) {
  await Promise.all([page.waitForNavigation(), page.click(button)]);
  await page.waitForSelector('h1');
}

async function go(stage, page, path) {
  const answer = await page.goto(`${stage.issuer}${path}`);
  await page.waitForSelector('h1');
  return answer;
}

// A call of the admin API, by the client that the program made for its administrator.
async function call(stage, method, path, body, { issuer = stage.issuer, administrator = stage.administrator } = {}) {
  const client = { id: administrator.id, secret: administrator.secret };
  const form = { grant_type: 'client_credentials', scope: 'vidimus.admin' };
  const token = (await stage.call('/oauth2/token', form, { client, issuer })).access_token;
  assert.ok(token, 'an administrator gets a token');
  const place = issuer.replace('//as.localhost:', '//127.0.0.1:');
  const answer = await fetch(`${place}/admin/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const told = await answer.json().catch(() => ({}));
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${JSON.stringify(told)}`);
  return told;
}

async function token(stage, form = {}, client = APP, tenant = '') {
  const issuer = stage.issuer + tenant;
  const made = await stage.call('/oauth2/token', { grant_type: 'client_credentials', ...form }, { client, issuer });
  assert.ok(made.access_token, JSON.stringify(made));
  return made.access_token;
}

// What is sent with a person's cookies and without their browser: the answer, whatever it is.
async function send(person, method, url, { form, data, headers = {} } = {}) {
  const cookies = await person.context.cookies(url);
  const body = data ?? (form ? new URLSearchParams(form).toString() : '');
  const own = { host: new URL(url).host, cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') };
  if (form) own['content-type'] = 'application/x-www-form-urlencoded';
  if (method !== 'GET') own['content-length'] = Buffer.byteLength(body);
  const options = { method, headers: { ...own, ...headers }, host: '127.0.0.1', rejectUnauthorized: false };
  const { port, pathname, search } = new URL(url);
  return new Promise((done, fail) => {
    const request = https.request({ ...options, port, path: pathname + search }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      done({ status: answer.statusCode, headers: answer.headers, text });
    });
    request.on('error', fail);
    request.end(method === 'GET' ? undefined : body);
  });
}

async function csrf(page) {
  return page.locator('input[name=csrf]').first().inputValue();
}

module.exports = { APP, API, operator, signIn, submit, press, go, call, token, send, csrf };
