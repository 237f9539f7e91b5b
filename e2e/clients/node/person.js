// Somebody at a browser without scripts: follows redirects, keeps cookies, and fills in the first form
// of each page, until the way leads back to the client.
'use strict';

const STEPS_MAX = 12;
const TAG = /<(\/?\w+)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*>/g;
const ATTRIBUTE = /([\w-]+)(?:="([^"]*)")?/g;
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"' };

function unescaped(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    return decimal ? String.fromCodePoint(Number(decimal)) : (ENTITIES[name] ?? whole);
  });
}

function tags(html) {
  return [...html.matchAll(TAG)].map(([, name, text]) => {
    const attributes = [...text.matchAll(ATTRIBUTE)].map(([, key, value = '']) => [key, unescaped(value)]);
    return { tag: name, ...Object.fromEntries(attributes) };
  });
}

class Page {
  constructor(url, status, html) {
    this.url = url;
    this.status = status;
    this.html = html;
    this.tags = tags(html);
  }

  // Where it goes and what is in it, or undefined.
  form() {
    const start = this.tags.findIndex(({ tag }) => tag === 'form');
    if (start < 0) return undefined;
    const end = this.tags.findIndex(({ tag }, at) => at > start && tag === '/form');
    const inside = this.tags.slice(start + 1, end);
    const action = new URL(this.tags[start].action ?? this.url, this.url);
    const inputs = inside.filter(({ tag }) => tag === 'input');
    const fields = Object.fromEntries(inputs.map((input) => [input.name, input.value ?? '']));
    const buttons = inside.filter(({ tag }) => tag === 'button');
    return { action, fields, actions: buttons.map((button) => button.value) };
  }

  // The text of the element with that id.
  text(id) {
    const found = this.html.match(new RegExp(`id="${id}"[^>]*>([^<]*)<`));
    return found ? unescaped(found[1]) : undefined;
  }

  // Where the one link onwards leads.
  onwards() {
    const href = this.tags.find(({ tag, id }) => tag === 'a' && id === 'continue')?.href;
    return href && new URL(href, this.url);
  }
}

// The server showed a page with an error, and the client hears nothing of it.
class Shown extends Error {
  constructor(page) {
    super(`${page.status} ${page.url}: ${page.text('error-code')} ${page.text('error-description')}`);
    this.status = page.status;
    this.code = page.text('error-code');
  }
}

class Person {
  #cookies = new Map();

  constructor(stage) {
    this.username = stage.username;
    this.password = stage.password;
    // What was pressed, page by page.
    this.pressed = [];
  }

  // From a link to where it leads back to: a URL, or the Request of a form that is posted there; or the
  // last page, where it leads nowhere.
  async goes(from, back, { deny = false, userCode } = {}) {
    let request = { url: new URL(from) };
    for (let step = 0; step < STEPS_MAX; step += 1) {
      const reply = await this.#send(request);
      if (reply instanceof Page) {
        const next = this.#answer(reply, back, { deny, userCode });
        if (next instanceof Page || next instanceof Request || next instanceof URL) return next;
        request = next;
      } else {
        if (leadsTo(reply, back)) return reply;
        request = { url: reply };
      }
    }
    throw new Error(`no end in sight: pressed ${this.pressed}`);
  }

  #answer(page, back, { deny, userCode }) {
    if (page.status !== 200) throw new Shown(page);
    const form = page.form();
    if (!form) {
      const next = page.onwards();
      return next && leadsTo(next, back) ? next : page;
    }
    if (leadsTo(form.action, back)) {
      return new Request(form.action, { method: 'POST', body: new URLSearchParams(form.fields) });
    }
    if (form.action.origin !== page.url.origin) throw new Error(`a form for ${form.action}`);
    const { fields, actions } = form;
    let action;
    if ('password' in fields) {
      action = 'login';
      Object.assign(fields, { username: this.username, password: this.password });
    } else if ('user_code' in fields) {
      action = 'continue';
      fields.user_code ||= userCode;
    } else {
      action = actions.find((offered) => [deny ? 'deny' : 'allow', 'logout'].includes(offered));
    }
    if (!actions.includes(action)) throw new Error(`${action} is none of ${actions}: ${page.html}`);
    // Pressed again, it would be refused again.
    if (page.text('failure')) throw new Error(page.text('failure'));
    this.pressed.push(action);
    return { url: form.action, body: new URLSearchParams({ ...fields, action }) };
  }

  async #send({ url, body }) {
    const cookie = [...this.#cookies.values()].map(({ name, value }) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', ...(cookie && { cookie }) };
    const method = body ? 'POST' : 'GET';
    const response = await fetch(url, { method, headers, body, redirect: 'manual' });
    response.headers.getSetCookie().forEach((line) => this.#keep(line));
    const html = await response.text();
    const location = response.headers.get('location');
    return location ? new URL(location, url) : new Page(url, response.status, html);
  }

  // RFC 6265, and what browsers ask of the prefix `__Host-`.
  #keep(line) {
    const [pair, ...rest] = line.split(';').map((part) => part.trim());
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const attributes = new Map(rest.map((part) => [part.split('=')[0].toLowerCase(), part.split('=')[1]]));
    const isOfHost =
      attributes.has('secure') && attributes.get('path') === '/' && !attributes.has('domain');
    if (name.startsWith('__Host-') && !isOfHost) return;
    if (!value || Number(attributes.get('max-age') ?? 1) <= 0) this.#cookies.delete(name);
    else this.#cookies.set(name, { name, value });
  }
}

function leadsTo(url, back) {
  return back !== undefined && url.origin + url.pathname === back;
}

module.exports = { Person, Page, Shown };
