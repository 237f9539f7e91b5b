// Chromium, and people in it: each with cookies of their own, and watched for whatever no page may do.
'use strict';

const fs = require('fs');
const path = require('path');

const { chromium } = require('playwright-core');

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-proxy-server',
  // Names of their own for the sites of the stage.
  '--host-resolver-rules=MAP *.localhost 127.0.0.1',
];
const PATIENCE_MILLISECONDS = 15000;
// What Chromium says of any answer with such a status.
const OF_STATUS = /^Failed to load resource: the server responded with a status of/;

// One browser for all; and one more for each profile of somebody's who lets sites see their cookies in
// frames of other sites, which Debian's Chromium does not by itself.
async function launch({ chromium: executablePath, profiles }) {
  const options = { executablePath, headless: true, args: ARGUMENTS };
  const browser = await chromium.launch(options);
  return {
    private: (settings) => browser.newContext(settings),
    profile: async (settings) => {
      const folder = fs.mkdtempSync(path.join(profiles, 'profile-'));
      fs.mkdirSync(path.join(folder, 'Default'));
      const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };
      fs.writeFileSync(path.join(folder, 'Default/Preferences'), JSON.stringify(preferences));
      const context = await chromium.launchPersistentContext(folder, { ...options, ...settings });
      const close = context.close.bind(context);
      context.close = async () => {
        await close();
        fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
      };
      return context;
    },
    close: () => browser.close(),
  };
}

class Person {
  // Lines of the console, each with what the browser held against a page.
  complaints = [];
  // What a script of somebody else would have come to.
  executed = [];
  // Every page of the server's that was shown: its address, status and headers.
  shown = [];
  // Every request to the server's, with its method and the status of the answer.
  exchanged = [];
  // Whether complaints are what the story is about.
  expectsComplaints = false;

  static async open(browser, issuer, { profile = false, ...options } = {}) {
    const person = new Person();
    const viewport = { width: 800, height: 600 };
    const settings = { ignoreHTTPSErrors: true, locale: 'en', viewport, ...options };
    person.context = await (profile ? browser.profile(settings) : browser.private(settings));
    person.context.setDefaultTimeout(PATIENCE_MILLISECONDS);
    person.#watch(issuer);
    person.page = await person.context.newPage();
    return person;
  }

  #watch(origin) {
    this.context.on('console', (message) => {
      const text = message.text();
      if (message.type() === 'error' && !OF_STATUS.test(text)) this.complaints.push(text);
    });
    this.context.on('weberror', (error) => this.complaints.push(`${error.error()}`));
    this.context.on('page', (page) =>
      page.on('dialog', async (dialog) => {
        this.executed.push(dialog.message());
        await dialog.dismiss();
      }),
    );
    this.context.on('response', (response) => {
      const request = response.request();
      if (!response.url().startsWith(`${origin}/`)) return;
      const [status, headers, url] = [response.status(), response.headers(), response.url()];
      this.exchanged.push({ method: request.method(), url, status });
      const isPage = (headers['content-type'] ?? '').startsWith('text/html');
      if (isPage) this.shown.push({ url, status, headers });
    });
  }

  // What holds of every story.
  check() {
    const faults = [...this.executed, ...(this.expectsComplaints ? [] : this.complaints)];
    for (const { url, status, headers } of this.shown) {
      const policy = headers['content-security-policy'] ?? '';
      const isFramed = new URL(url).pathname.endsWith('/check_session');
      if (!policy.startsWith("default-src 'none'; ")) faults.push(`${status} ${url}: ${policy}`);
      if (/unsafe-|\*/.test(policy) && !isFramed) faults.push(`${status} ${url}: ${policy}`);
      const mayFrame = headers['x-frame-options'] !== 'DENY' || !policy.includes("frame-ancestors 'none'");
      if (mayFrame && !isFramed) faults.push(`${status} ${url} may be framed`);
      if (headers['referrer-policy'] !== 'no-referrer') faults.push(`${url} sends referrers`);
      if (headers['cache-control'] !== 'no-store') faults.push(`${url} is kept`);
    }
    if (faults.length) throw new Error(faults.join('\n'));
  }

  // Where they are, for the report of a failure.
  async describe() {
    const pages = await Promise.all(
      this.context.pages().map(async (page) => {
        const text = await page.locator('body').innerText({ timeout: 1000 }).catch((fault) => `${fault}`);
        return `--- ${page.url()}\n${text}`;
      }),
    );
    const recent = this.exchanged.slice(-8).map(({ method, url, status }) => `${method} ${url} ${status}`);
    return [...pages, ...recent, ...this.complaints].join('\n');
  }

  close() {
    return this.context.close();
  }
}

module.exports = { launch, Person };
