// A walk past every page that there is, for whoever looks at pages.
'use strict';

const assert = require('assert/strict');
const { PASSWORD, random } = require('./stage');

// What each page shows, in the order of the walk: `look` is called with a name at each of them, and the
// story that looks compares what it saw with these.
const PAGES = [
  'sign-in',
  'sign-in-wrong',
  'consent',
  'consent-more',
  'consent-self-registered',
  'form-post',
  'sign-in-again',
  'choose',
  'device',
  'device-unknown',
  'device-consent',
  'device-done',
  'device-denied',
  'account',
  'account-wrong-password',
  'account-done',
  'sign-out',
  'sign-out-asked',
  'signed-out',
  'signed-out-next',
  'error',
  'error-over',
  'sign-in-branded',
  'sign-in-too-many',
];

// `user` has no session and has allowed nothing; `hasScript` is what the browser runs.
async function walk(stage, page, user, look, hasScript = true) {
  await signingIn(stage, page, user, look);
  await formPost(stage, page, look, hasScript);
  await accounts(stage, page, look);
  await devices(stage, page, look);
  await account(stage, page, user, look);
  await leaving(stage, page, user, look, hasScript);
  await failures(stage, page, look);
  await elsewhere(stage, page, user, look);
}

async function signingIn(stage, page, user, look) {
  const request = stage.request({ scope: 'openid profile email' });
  await page.goto(request.url);
  await look('sign-in');
  await stage.signIn(page, user, 'not the password');
  await look('sign-in-wrong');
  await stage.signIn(page, user);
  await look('consent');
  await page.click('#consent-allow');
  await stage.answer(request);
  const more = stage.request({ scope: 'openid profile email phone offline_access', prompt: 'consent' });
  await page.goto(more.url);
  await look('consent-more');
  await page.click('#consent-allow');
  await stage.tokens(await stage.answer(more));
  const photos = stage.client.site('photos.localhost');
  const redirect_uri = `${photos}/cb`;
  const { id } = await stage.registers({
    client_name: 'Photo Album',
    client_uri: `${photos}/`,
    redirect_uris: [redirect_uri],
  });
  await page.goto(stage.request({ client_id: id, redirect_uri }).url);
  await look('consent-self-registered');
}

async function formPost(stage, page, look, hasScript) {
  const request = stage.request({ response_mode: 'form_post' });
  await held(page, hasScript, `${stage.rp}/cb`, async () => {
    await page.goto(request.url, { waitUntil: 'commit' });
    await look('form-post');
  });
  await page.click('#continue');
  assert.equal((await stage.answer(request)).method, 'POST');
}

async function accounts(stage, page, look) {
  await page.goto(stage.request({ prompt: 'login' }).url);
  await look('sign-in-again');
  const other = stage.request({ prompt: 'select_account', client_id: 'known' });
  await page.goto(other.url);
  await page.click('#other');
  await stage.signIn(page, 'grace');
  await stage.answer(other);
  const back = stage.request({ prompt: 'select_account' });
  await page.goto(back.url);
  await look('choose');
  await page.locator('.accounts button').nth(1).click();
  await stage.answer(back);
}

async function devices(stage, page, look) {
  const [device, unwanted] = [await stage.device({ scope: 'openid profile' }), await stage.device()];
  await page.goto(device.verification_uri);
  await look('device');
  await page.fill('#user-code', 'BCDF-GHJK');
  await page.click('#continue');
  await look('device-unknown');
  await page.fill('#user-code', device.user_code);
  await page.click('#continue');
  await look('device-consent');
  await page.click('#consent-allow');
  await look('device-done');
  const tokens = await device.poll();
  assert.equal(tokens.status, 200, JSON.stringify(tokens));
  // The link that has the code in it shows it, and asks all the same.
  await page.goto(unwanted.verification_uri_complete);
  assert.equal(await page.inputValue('#user-code'), unwanted.user_code);
  await page.click('#continue');
  await page.click('#consent-deny');
  await look('device-denied');
  assert.equal((await unwanted.poll()).error, 'access_denied');
}

async function account(stage, page, user, look) {
  // Somewhere else, too.
  const { page: phone } = await stage.person({ userAgent: PHONE });
  await stage.account(phone, user);
  await page.goto(`${stage.issuer}/account`);
  await look('account');
  const change = async (current) => {
    await page.fill('#password', current);
    for (const again of ['', '-again']) await page.fill(`#new-password${again}`, PASSWORD);
    await page.click('#change-password');
  };
  await change('not the password');
  await look('account-wrong-password');
  await change(PASSWORD);
  await look('account-done');
}

async function leaving(stage, page, user, look, hasScript) {
  const place = `${stage.issuer}/oauth2/logout`;
  const next = { client_id: 'app', post_logout_redirect_uri: `${stage.rp}/bye` };
  const state = random();
  await page.goto(place);
  await look('sign-out');
  await page.goto(`${place}?${new URLSearchParams({ ...next, state })}`);
  await look('sign-out-asked');
  await held(page, true, `${stage.rp}/bye?**`, async () => {
    // Not before the frames have been loaded.
    const refreshed = page.waitForRequest(`${stage.rp}/bye?**`);
    await page.click('#logout-confirm');
    await refreshed;
    await look('signed-out-next');
  });
  await page.click('#continue');
  await stage.answer({ state }, '/bye');
  // The other account is there still.
  await page.goto(place);
  await page.click('#logout-confirm');
  await look('signed-out');
}

async function failures(stage, page, look) {
  await page.goto(stage.request({ redirect_uri: `${stage.evil}/cb` }).url);
  await look('error');
  await page.goto(`${stage.issuer}/oauth2/authorize/vfl_x`);
  await look('error-over');
}

async function elsewhere(stage, page, user, look) {
  const second = `${stage.issuer}/t/second`;
  await page.goto(stage.request({}, second).url);
  await look('sign-in-branded');
  const refused = page.locator('#failure', { hasText: 'Too many' });
  for (let tries = 0; tries < GUESSES_MAX && !(await refused.count()); tries += 1) {
    await stage.signIn(page, user, `guess ${tries} at ${stage.named(user)}`);
    await page.waitForSelector('#failure');
  }
  await look('sign-in-too-many');
  assert.equal(await refused.count(), 1, 'guesses are counted');
}

// What would leave a page by itself stays there.
async function held(page, leaves, where, act) {
  // A browser stays where it is if there is nothing to show.
  if (leaves) await page.route(where, (route) => route.fulfill({ status: 204 }));
  await act();
  if (leaves) await page.unroute(where);
}

// More than anybody may guess.
const GUESSES_MAX = 20;
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';

module.exports = { PAGES, walk };
