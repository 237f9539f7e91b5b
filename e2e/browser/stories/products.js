// The same pages where other products have them: their paths lead the same way, and hold as much.
'use strict';

const assert = require('assert/strict');

module.exports = {
  async signing_in_by_the_paths_of_other_products(stage) {
    const { page } = await stage.person();
    for (const path of ['/services/oauth2/authorize', '/csp/gateway/discovery']) {
      await page.context().clearCookies();
      const request = stage.request({ prompt: 'consent' });
      const url = request.url.replace('/oauth2/authorize', path);
      const answer = await stage.goes(page, { ...request, url }, { user: 'frances' });
      assert.ok(answer.get('code'), path);
      const wrong = stage.request({ redirect_uri: `${stage.evil}/cb` });
      await page.goto(wrong.url.replace('/oauth2/authorize', path));
      assert.match(await page.textContent('#error-code'), /^\w+$/, path);
      assert.deepEqual(stage.client.arrived('/cb', { state: wrong.state }), []);
    }
  },

  async signing_out_by_the_paths_of_other_products(stage) {
    const { page } = await stage.person();
    for (const path of ['/oidc/logout', '/csp/gateway/logout']) {
      await stage.account(page, 'frances');
      await page.goto(stage.issuer + path);
      await page.click('#logout-confirm');
      await page.waitForSelector('.mark.good');
      await page.goto(`${stage.issuer}/account`);
      await page.waitForSelector('#login');
    }
  },
};
