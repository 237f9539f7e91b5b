// The servers and clients of the stories, and what people and programs do with them.
'use strict';

const assert = require('assert/strict');
const crypto = require('crypto');

const { Person } = require('./browser');

const PASSWORD = 'correct horse battery staple';
const APP = { id: 'app', secret: 'secret-of-the-app-0123456789abcdef0123456789abcdef' };

class Stage {
  constructor(facts, client, browser, screenshots) {
    Object.assign(this, facts);
    this.client = client;
    this.browser = browser;
    this.screenshots = screenshots;
    this.rp = client.site('rp.localhost');
    this.evil = client.site('evil.localhost');
    // Another server of the same host: browsers send cookies to both.
    this.neighbour = client.site('as.localhost');
  }

  // The same, for one story: whoever comes is among `people`.
  for(people) {
    return Object.assign(Object.create(this), { people, names: new Map() });
  }

  // The user whom a story calls so: one of its own, because stories are told side by side.
  named(user) {
    if (!this.users[user]) return user;
    if (!this.names.has(user)) this.names.set(user, this.users[user].shift());
    const name = this.names.get(user);
    assert.ok(name, `there are not enough users for all who call one ${user}`);
    return name;
  }

  async person(options) {
    const person = await Person.open(this.browser, new URL(this.issuer).origin, options);
    this.people.push(person);
    return person;
  }

  // A request of the code flow, unless `more` says otherwise; its `state` finds the answer.
  request(more = {}, issuer = this.issuer) {
    const parameters = {
      client_id: APP.id,
      redirect_uri: `${this.rp}/cb`,
      response_type: 'code',
      scope: 'openid',
      state: random(),
      nonce: random(),
      ...more,
    };
    const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
    return { url: `${issuer}/oauth2/authorize?${new URLSearchParams(given)}`, ...parameters };
  }

  // What came back to the client for that request.
  async answer(request, path = '/cb') {
    const found = () => this.client.arrived(path, { state: request.state })[0];
    for (let tries = 0; tries < 200 && !found(); tries += 1) {
      await new Promise((done) => setTimeout(done, 25));
    }
    assert.ok(found(), `nothing arrived at ${path} for ${request.url}`);
    return found();
  }

  // From the request to the client, by whatever pages come.
  async goes(page, request, { user, password = PASSWORD } = {}) {
    await page.goto(request.url);
    if (await page.locator('#login').count()) await this.signIn(page, user, password);
    if (await page.locator('#consent-allow').count()) await page.click('#consent-allow');
    return this.answer(request);
  }

  async signIn(page, user, password = PASSWORD) {
    if (await page.locator('#username').isEditable()) await page.fill('#username', this.named(user));
    await page.fill('#password', password);
    await Promise.all([page.waitForNavigation({ waitUntil: 'commit' }), page.click('#login')]);
    // What follows is there, or on its way elsewhere.
    await page.waitForSelector('h1, #client');
  }

  // The account page, signed in for.
  async account(page, user, issuer = this.issuer) {
    await page.goto(`${issuer}/account`);
    await this.signIn(page, user);
    await page.waitForSelector('#sign-out');
  }

  // A call of a program's, not a browser's.
  async call(path, form, { client = APP, issuer = this.issuer } = {}) {
    const headers = {};
    if (client.secret) {
      headers.authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`;
    }
    const body = new URLSearchParams(client.secret ? form : { client_id: client.id, ...form });
    const url = issuer.replace('//as.localhost:', '//127.0.0.1:') + path;
    const response = await fetch(url, { method: 'POST', headers, body });
    return { status: response.status, ...(await response.json().catch(() => ({}))) };
  }

  async tokens(answer, options) {
    const code = answer.get('code');
    assert.ok(code, `a code in ${answer.url} ${answer.body}`);
    const form = { grant_type: 'authorization_code', code, redirect_uri: `${this.rp}/cb` };
    const tokens = await this.call('/oauth2/token', form, options);
    assert.equal(tokens.status, 200, JSON.stringify(tokens));
    return tokens;
  }

  async isActive(token, options) {
    const { active } = await this.call('/oauth2/introspect', { token }, options);
    assert.equal(typeof active, 'boolean');
    return active;
  }

  // A client that registers itself, and belongs to nobody we know.
  async registers(metadata) {
    const own = { redirect_uris: [`${this.evil}/cb`], ...metadata };
    const client = await registration('POST', `${this.issuer}/oauth2/register`, own);
    const { client_id, registration_client_uri: place } = client;
    // Each answer has the token for the next change.
    let { registration_access_token: token } = client;
    const renamed = async (client_name) => {
      const changed = await registration('PUT', place, { ...own, client_id, client_name }, token);
      token = changed.registration_access_token ?? token;
    };
    return { id: client_id, secret: client.client_secret, renamed };
  }

  // What a device shows, and what it asks with.
  async device(more = {}) {
    const client = { id: 'television' };
    const started = await this.call('/oauth2/device_authorization', { scope: 'openid', ...more }, { client });
    assert.equal(started.status, 200, JSON.stringify(started));
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: started.device_code,
    };
    return { ...started, poll: () => this.call('/oauth2/token', form, { client }) };
  }
}

async function registration(method, url, metadata, token) {
  const headers = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const body = JSON.stringify(metadata);
  const place = url.replace('//as.localhost:', '//127.0.0.1:');
  const response = await fetch(place, { method, headers, body });
  const answer = await response.json();
  assert.ok(response.ok, JSON.stringify(answer));
  return answer;
}

function random() {
  return crypto.randomBytes(12).toString('base64url');
}

// The claims of a JWT that came from where it should.
function claims(jwt) {
  return JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url'));
}

module.exports = { Stage, APP, PASSWORD, random, claims };
