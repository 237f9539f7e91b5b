// Signing in, and what a client then may.
'use strict';

const assert = require('assert/strict');
const { claims } = require('../stage');

module.exports = {
  async signing_in_and_allowing(stage) {
    const { page } = await stage.person();
    const request = stage.request({ scope: 'openid profile email' });
    await page.goto(request.url);
    assert.match(await page.title(), /^Sign in · Acme Works$/);
    await stage.signIn(page, 'ada', 'not the password');
    assert.match(await page.textContent('#failure'), /do not match/);
    assert.equal(await page.inputValue('#username'), stage.named('ada'));
    assert.equal(await page.inputValue('#password'), '');
    await stage.signIn(page, 'ada');
    assert.match(await page.textContent('h1'), /Order Desk/);
    assert.match(await page.textContent('main'), /rp\.localhost/);
    assert.deepEqual(await page.locator('#scopes li').allTextContents(), [
      'Know that it is you',
      'See your name and profile',
      'See your e-mail address',
    ]);
    await page.click('#consent-allow');
    await page.waitForSelector('#client');
    const answer = await stage.answer(request);
    assert.equal(answer.get('iss'), stage.issuer);
    const { id_token } = await stage.tokens(answer);
    assert.equal(claims(id_token).nonce, request.nonce);
    // Nothing is asked a second time.
    const again = stage.request({ scope: 'openid profile email' });
    await page.goto(again.url);
    await page.waitForSelector('#client');
    await stage.tokens(await stage.answer(again));
  },

  // A name that nobody has is told apart by nothing.
  async an_unknown_name_is_answered_like_a_wrong_password(stage) {
    const { page } = await stage.person();
    const texts = [];
    for (const user of ['alan', 'nobody-of-that-name']) {
      await page.goto(stage.request().url);
      await stage.signIn(page, user, 'not the password');
      texts.push((await page.textContent('main')).replaceAll(stage.named(user), ''));
    }
    assert.equal(texts[0], texts[1]);
  },

  async denying(stage) {
    const { page } = await stage.person();
    const request = stage.request();
    await page.goto(request.url);
    await stage.signIn(page, 'alan');
    await page.click('#consent-deny');
    const answer = await stage.answer(request);
    assert.equal(answer.get('error'), 'access_denied');
    assert.equal(answer.get('iss'), stage.issuer);
    assert.equal(answer.get('code'), null);
  },

  async cancelling(stage) {
    const { page } = await stage.person();
    const request = stage.request();
    await page.goto(request.url);
    await page.click('#cancel');
    assert.equal((await stage.answer(request)).get('error'), 'access_denied');
  },

  async a_client_that_is_known_asks_nobody(stage) {
    const { page } = await stage.person();
    const request = stage.request({ client_id: 'known' });
    await page.goto(request.url);
    await stage.signIn(page, 'alan');
    assert.ok((await stage.answer(request)).get('code'));
  },

  async form_post(stage) {
    const { page } = await stage.person();
    const request = stage.request({ response_mode: 'form_post', response_type: 'code id_token' });
    await page.goto(request.url);
    await stage.signIn(page, 'barbara');
    await page.click('#consent-allow');
    await page.waitForSelector('#client');
    const answer = await stage.answer(request);
    assert.equal(answer.method, 'POST');
    assert.equal(answer.url.search, '');
    const { id_token } = await stage.tokens(answer);
    assert.equal(claims(id_token).sub, claims(answer.get('id_token')).sub);
  },

  // Tab and Enter, and what they reach in the order that it is read.
  async by_keyboard_alone(stage) {
    const { page } = await stage.person();
    const request = stage.request();
    await page.goto(request.url);
    const focused = () => page.evaluate(() => document.activeElement.id);
    assert.equal(await focused(), 'username');
    await page.keyboard.type(stage.named('dennis'));
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'password');
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#failure');
    assert.equal(await focused(), 'password');
    await page.keyboard.type('correct horse battery staple');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'login');
    assert.equal(await outlined(page), true);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#consent-allow');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'consent-allow');
    assert.equal(await outlined(page), true);
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'consent-deny');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    assert.ok((await stage.answer(request)).get('code'));
  },

  async a_second_click_changes_nothing(stage) {
    const { page } = await stage.person();
    const request = stage.request();
    await page.goto(request.url);
    await page.fill('#username', stage.named('ada'));
    await page.fill('#password', 'correct horse battery staple');
    await page.dblclick('#login');
    await page.waitForSelector('#consent-allow');
    await page.dblclick('#consent-allow');
    await page.waitForSelector('#client', { timeout: 3000 });
    assert.ok((await stage.answer(request)).get('code'));
  },

  // No TLS, no prefix, no Secure: as a trial on one machine has it.
  async over_plain_http_on_loopback(stage) {
    const person = await stage.person();
    const redirect_uri = `http://127.0.0.1:${stage.client.ports.http}/cb`;
    const request = stage.request({ redirect_uri }, stage.plain);
    const answer = await stage.goes(person.page, request, { user: 'ada' });
    assert.equal(answer.get('iss'), stage.plain);
    const cookies = await person.context.cookies(stage.plain);
    assert.ok(cookies.length >= 2);
    assert.ok(cookies.every(({ name, secure }) => name.startsWith('vidimus-') && !secure));
  },
};

function outlined(page) {
  return page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle === 'solid');
}
