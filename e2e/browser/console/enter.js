// The ways into the console, and out of it.
'use strict';

const assert = require('assert/strict');
const { PASSWORD } = require('../stage');
const { call, go, operator, press, signIn, submit } = require('../operators');

module.exports = {
  async signing_in_and_out(stage) {
    const { page } = await stage.person();
    // Whatever was to be seen is seen after the sign-in.
    const answer = await go(stage, page, '/console/t/acme/clients?q=of');
    assert.equal(answer.status(), 403);
    await submit(page, { username: 'wanda', password: 'not the password' }, '#login');
    assert.match(await page.textContent('#failure'), /do not match/);
    assert.equal(await page.inputValue('#username'), 'wanda');
    await submit(page, { password: PASSWORD }, '#login');
    assert.equal(page.url(), `${stage.issuer}/console/t/acme/clients?q=of`);
    assert.equal(await page.textContent('tbody th'), 'acme-secret-client');
    await press(page, '#sign-out');
    assert.equal(await page.locator('#login').count(), 1);
    assert.equal((await go(stage, page, '/console')).status(), 403);
    // A user without a role for it has the right password, and still no way in.
    await signIn(page, stage.issuer, 'eve');
    assert.match(await page.textContent('#failure'), /role admin or auditor/);
    assert.equal((await go(stage, page, '/console')).status(), 403);
  },

  async an_auditor_sees_and_changes_nothing(stage) {
    const { page } = await operator(stage, 'otto');
    await go(stage, page, '/console/t/default/clients/app');
    assert.equal(await page.locator('main button').count(), 0, 'nothing to press');
    await go(stage, page, '/console/t/default/clients');
    assert.equal(await page.locator('#create, #bulk-delete').count(), 0);
    const refused = await go(stage, page, '/console/t/default/clients/app/edit');
    assert.equal(refused.status(), 403);
    assert.match(await page.textContent('#advice'), /sign in as one/);
    assert.equal(await page.textContent('#error-code'), 'access_denied');
  },

  async a_one_time_link_makes_the_first_administrator(stage) {
    const options = { issuer: stage.fresh, administrator: stage.freshAdministrator };
    const { page } = await stage.person();
    const invited = async () => (await call(stage, 'POST', 'console-links', {}, options)).url;
    const [old, link] = [await invited(), await invited()];
    await page.goto(old);
    assert.match(await page.textContent('h1'), /used up/);
    // To look at it changes nothing: messengers do before people.
    for (let looks = 0; looks < 3; looks += 1) assert.equal((await page.goto(link)).status(), 200);
    const typed = { username: 'first', password: 'short', password_again: 'short' };
    await submit(page, typed, '#accept');
    assert.match(await page.textContent('#password-failure'), /at least 8/);
    await submit(page, { password: 'long enough one', password_again: 'long enough two' }, '#accept');
    assert.match(await page.textContent('#password-failure'), /differ/);
    await submit(page, { password: 'long enough one', password_again: 'long enough one' }, '#accept');
    assert.equal(new URL(page.url()).pathname, '/console');
    assert.match(await page.textContent('.bar .who'), /first/);
    await page.goto(link);
    assert.match(await page.textContent('h1'), /used up/);
    await page.goto(`${stage.fresh}/console/sign-in`);
    await submit(page, { username: 'first', password: 'long enough one' }, '#login');
    assert.equal(new URL(page.url()).pathname, '/console');
    // Another link may sign in who has lost the password.
    const again = await call(stage, 'POST', 'console-links', { username: 'first' }, options);
    const { page: other } = await stage.person();
    await other.goto(again.url);
    await press(other, '#accept');
    assert.equal(new URL(other.url()).pathname, '/console');
  },

  async by_keyboard_alone(stage) {
    const { page } = await stage.person({ viewport: { width: 1280, height: 800 } });
    await page.goto(`${stage.issuer}/console/sign-in`);
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
    assert.equal(await focused(), 'username', 'where one begins to type');
    await page.keyboard.type('olga');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Skip to content', 'the first stop on every page');
    const tabTo = async (wanted) => {
      for (let stops = 0; stops < 60; stops += 1) {
        if ((await focused()) === wanted) return;
        await page.keyboard.press('Tab');
      }
      assert.fail(`${wanted} is not reached; at ${await focused()}`);
    };
    const enter = () => Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    await tabTo('Clients');
    await enter();
    await tabTo('filter-q');
    await page.keyboard.type('order desk');
    await enter();
    await tabTo('app');
    await enter();
    assert.equal(await page.textContent('h1'), 'app');
    await tabTo('disable');
    await enter();
    // What cannot be taken back is asked about first.
    await tabTo('Cancel');
    await enter();
    assert.equal(await page.textContent('h1'), 'app');
  },
};
