// Markup in every text that somebody else may choose: it is shown as text, or not at all.
'use strict';

const assert = require('assert/strict');
const { random } = require('../stage');

// Each would show in the page's elements, or in what the browser blocks.
const PROBES = [
  '<script>alert(1)</script>',
  '"><script>alert(1)</script>',
  "'><script>alert(1)</script>",
  '</title><script>alert(1)</script>',
  '</textarea><script>alert(1)</script>',
  '--><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><img src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '<svg/onload=alert(1)//',
  '<body onload=alert(1)>',
  '<iframe src=javascript:alert(1)>',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '<object data=javascript:alert(1)>',
  '<embed src=javascript:alert(1)>',
  '<a href=javascript:alert(1)>x</a>',
  '<form action=//evil.localhost><button>x',
  '<input autofocus onfocus=alert(1)>',
  '" autofocus onfocus=alert(1) x="',
  "' onmouseover='alert(1)",
  '<math><mtext><style><img src=x onerror=alert(1)></style>',
  '<style>@import "//evil.localhost/x"</style>',
  '<link rel=stylesheet href=//evil.localhost/x>',
  '<meta http-equiv=refresh content="0;url=//evil.localhost">',
  '<base href=//evil.localhost/>',
  '<details open ontoggle=alert(1)>',
  '{{constructor.constructor("alert(1)")()}}',
  '${alert(1)}',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '\u202e<b onclick=alert(1)>\u0000',
];

// What a page of ours is made of, and no more.
const OURS = ['a', 'bdi', 'body', 'br', 'button', 'code', 'dd', 'div', 'dl', 'dt', 'form', 'h1', 'h2', 'head',
  'header', 'html', 'img', 'input', 'label', 'li', 'link', 'main', 'meta', 'nav', 'p', 'section', 'span',
  'strong', 'time', 'title', 'ul', 'iframe'];

module.exports = {
  async sec_197_markup_of_clients_and_requests_stays_text(stage) {
    const person = await stage.person();
    const { page } = person;
    await stage.account(page, 'john');
    const { id, renamed } = await stage.registers({ client_name: 'x' });
    for (const probe of PROBES) {
      // What turns the direction of writing goes, as does what is no letter.
      const text = probe.replace(/[\u0000\u202e]/g, '');
      await renamed(probe.replaceAll('\u0000', ''));
      const base = { client_id: id, redirect_uri: `${stage.evil}/cb`, state: text + random() };
      await page.goto(stage.request({ ...base, prompt: 'consent', ui_locales: text }).url);
      await harmless(page, probe);
      assert.ok((await page.textContent('h1')).includes(text.trim()), probe);
      await page.goto(stage.request({ ...base, prompt: 'login', login_hint: probe, ui_locales: probe }).url);
      await harmless(page, probe);
    }
    assert.deepEqual(person.executed, []);
  },

  async sec_197_markup_in_errors_stays_text(stage) {
    const person = await stage.person();
    const { page } = person;
    const second = { error: 'x', error_description: 'x', error_hint: 'x' };
    for (const probe of PROBES) {
      const sent = Object.fromEntries(Object.keys(second).map((name) => [name, probe]));
      for (const more of [{ client_id: probe }, { redirect_uri: probe }, { scope: probe, redirect_uri: undefined }]) {
        await page.goto(stage.request({ ...sent, ...more, ui_locales: probe }).url);
        await harmless(page, probe);
      }
      await page.goto(`${stage.issuer}/oauth2/device?${new URLSearchParams({ user_code: probe })}`);
      await harmless(page, probe);
      await page.goto(`${stage.issuer}/oauth2/logout?${new URLSearchParams({ id_token_hint: probe, state: probe })}`);
      await harmless(page, probe);
    }
    assert.deepEqual(person.executed, []);
  },

  // The tenant's name, the client's, the user's, and what their browser calls itself.
  async sec_197_markup_that_is_kept_stays_text(stage) {
    const issuer = `${stage.issuer}/t/hostile`;
    const userAgent = `"><img src=x onerror=alert(5)><b class=probe>`;
    const person = await stage.person({ userAgent });
    const { page } = person;
    const request = stage.request({ scope: 'openid profile email' }, issuer);
    await page.goto(request.url);
    await harmless(page, 'sign-in');
    await stage.signIn(page, 'mallory<b class=probe>');
    await page.waitForSelector('#consent-allow');
    await harmless(page, 'consent');
    await page.click('#consent-allow');
    await stage.answer(request);
    await page.goto(`${issuer}/account`);
    await harmless(page, 'account');
    assert.match(await page.textContent('.who'), /<svg onload=alert\(3\)>/);
    await page.goto(stage.request({ prompt: 'select_account' }, issuer).url);
    await harmless(page, 'choose');
    await page.goto(`${issuer}/oauth2/logout?client_id=app`);
    await harmless(page, 'sign-out');
    await page.click('#logout-confirm');
    await harmless(page, 'signed out');
    assert.deepEqual(person.executed, []);
  },
};

async function harmless(page, probe) {
  const found = await page.evaluate(() => {
    const all = [...document.querySelectorAll('*')];
    const names = [...new Set(all.map((element) => element.localName))];
    const attributes = [...new Set(all.flatMap((element) => element.getAttributeNames()))];
    const places = all.flatMap((element) => [element.href, element.src, element.action].filter(Boolean));
    return { names, attributes, places: places.map(String), probes: all.filter((it) => it.className === 'probe').length };
  });
  assert.deepEqual(found.names.filter((name) => !OURS.includes(name)), [], `${probe} ${page.url()}`);
  assert.deepEqual(found.attributes.filter((name) => name.startsWith('on')), [], probe);
  assert.deepEqual(found.places.filter((place) => /javascript:|data:|evil/.test(place)), [], probe);
  assert.equal(found.probes, 0, probe);
}
