// Signing out, and who hears of it (OpenID Connect RP-Initiated and Front-Channel Logout, Session
// Management).
'use strict';

const assert = require('assert/strict');
const { APP, claims, random } = require('../stage');

module.exports = {
  async signing_out_is_asked_about(stage) {
    const { page } = await stage.person();
    await stage.account(page, 'margaret');
    await page.goto(`${stage.issuer}/oauth2/logout`);
    await page.click('#stay');
    await page.goto(`${stage.issuer}/account`);
    await page.waitForSelector('#sign-out');
    await page.goto(`${stage.issuer}/oauth2/logout`);
    await page.click('#logout-confirm');
    await page.waitForSelector('.mark.good');
    await page.goto(`${stage.issuer}/account`);
    await page.waitForSelector('#login');
  },

  async a_client_signs_its_user_out(stage) {
    const { page } = await stage.person();
    const request = stage.request();
    const { id_token } = await stage.tokens(await stage.goes(page, request, { user: 'margaret' }));
    const state = random();
    await page.goto(logout(stage, { id_token_hint: id_token, state }));
    await page.waitForURL(`${stage.rp}/bye?**`);
    await stage.answer({ state }, '/bye');
    // The frame was loaded at the client before the browser went on to it.
    const [told] = stage.client.arrived('/front', { sid: claims(id_token).sid });
    assert.equal(told.get('iss'), stage.issuer);
    assert.equal(told.headers['sec-fetch-dest'], 'iframe');
    const order = stage.client.requests;
    assert.ok(order.indexOf(told) < order.indexOf(stage.client.arrived('/bye', { state })[0]));
    await page.goto(`${stage.issuer}/account`);
    await page.waitForSelector('#login');
  },

  // An address that was not registered is no reason to go there, and none to go without a word.
  async nobody_is_sent_where_no_client_registered(stage) {
    const { page } = await stage.person();
    const { id_token } = await stage.tokens(
      await stage.goes(page, stage.request(), { user: 'margaret' }),
    );
    const elsewhere = { id_token_hint: id_token, post_logout_redirect_uri: `${stage.evil}/bye` };
    await page.goto(logout(stage, elsewhere));
    await page.click('#logout-confirm');
    await page.waitForSelector('.mark.good');
    assert.ok(page.url().startsWith(stage.issuer));
    assert.equal(await page.locator('#continue').count(), 0);
  },

  async the_client_s_frame_learns_that_the_session_changed(stage) {
    // With a profile of its own: in a private window no frame of another site sees its cookies.
    const { page } = await stage.person({ profile: true });
    const request = stage.request();
    const answer = await stage.goes(page, request, { user: 'margaret' });
    const session = answer.get('session_state');
    assert.match(session, /^[\w-]+\.[\w-]+$/);
    const ask = async (message) => {
      await page.goto(asking(stage, message));
      await page.waitForSelector('#verdict:not(:empty)');
      return page.textContent('#verdict');
    };
    assert.equal(await ask(`${APP.id} ${session}`), 'unchanged');
    assert.equal(await ask(`another ${session}`), 'changed');
    assert.equal(await ask(`${APP.id} ${session.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`), 'changed');
    assert.equal(await ask('nonsense'), 'error');
    await page.goto(`${stage.issuer}/oauth2/logout`);
    await page.click('#logout-confirm');
    await page.waitForSelector('.mark.good');
    assert.equal(await ask(`${APP.id} ${session}`), 'changed');
  },
};

function logout(stage, parameters) {
  const all = { post_logout_redirect_uri: `${stage.rp}/bye`, ...parameters };
  return `${stage.issuer}/oauth2/logout?${new URLSearchParams(all)}`;
}

// A page of the client's with the server's frame in it, as the specification has it.
function asking(stage, message) {
  const [frame, origin] = [`${stage.issuer}/oauth2/check_session`, new URL(stage.issuer).origin];
  return stage.client.shows(
    stage.rp,
    `<!doctype html><title>asking</title><p id="verdict"></p><iframe src="${frame}"></iframe><script>
    addEventListener('message', ({ origin, data }) => {
      if (origin === ${JSON.stringify(origin)}) document.getElementById('verdict').textContent = data;
    });
    document.querySelector('iframe').onload = ({ target }) =>
      target.contentWindow.postMessage(${JSON.stringify(message)}, ${JSON.stringify(origin)});
    </script>`,
  );
}
