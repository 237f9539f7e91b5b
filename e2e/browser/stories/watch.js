// What every other story relies on: that nothing of what no page may do goes unseen.
'use strict';

const assert = require('assert/strict');

module.exports = {
  async what_no_page_may_do_is_noticed(stage) {
    const person = await stage.person();
    const { page } = person;
    const lines = async (act) => {
      const before = person.complaints.length;
      await act();
      for (let tries = 0; tries < 200 && person.complaints.length === before; tries += 1) {
        await new Promise((done) => setTimeout(done, 10));
      }
      return person.complaints.slice(before).join('\n');
    };
    await page.goto(stage.request().url);
    // Markup that got into a page would be blocked, and that is said.
    for (const html of [
      '<img src="x" onerror="alert(1)">',
      `<img src="${stage.evil}/x.png">`,
      `<iframe src="${stage.evil}/"></iframe>`,
      '<p style="color: red">x</p>',
    ]) {
      const said = await lines(() => page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', html), html));
      assert.match(said, /Content Security Policy/, html);
    }
    assert.throws(() => person.check(), /Content Security Policy/);
    person.complaints.length = 0;
    person.check();
    // So is what would run elsewhere.
    await page.goto(stage.client.shows(stage.evil, '<!doctype html><title>x</title><script>alert("ran")</script>'));
    assert.deepEqual(person.executed.splice(0), ['ran']);
    const thrown = stage.client.shows(stage.evil, '<!doctype html><title>x</title><script>throw Error("thrown")</script>');
    assert.match(await lines(() => page.goto(thrown)), /thrown/);
    person.complaints.length = 0;
  },
};
