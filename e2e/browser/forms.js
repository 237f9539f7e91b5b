// Forms as somebody else sends them.
'use strict';

// From a page of ours, so that only the form can be wrong. The status of the answer.
async function posts(page, url, fields) {
  const send = ([url, fields]) => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', action: url });
    for (const [name, value] of Object.entries(fields)) {
      form.append(Object.assign(document.createElement('input'), { name, value }));
    }
    document.body.append(form);
    HTMLFormElement.prototype.submit.call(form);
  };
  const [answer] = await Promise.all([page.waitForNavigation(), page.evaluate(send, [url, fields])]);
  return answer.status();
}

// A form of another page's, sent as browsers send them. The status of the answer.
async function submits(stage, page, site, url, fields, encoding = 'application/x-www-form-urlencoded') {
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
  const form = `<form method="post" action="${url}" enctype="${encoding}">${inputs.join('')}</form>`;
  await page.goto(stage.client.shows(site, `<!doctype html><title>x</title>${form}`));
  const [answer] = await Promise.all([
    page.waitForNavigation(),
    page.evaluate(() => document.forms[0].submit()),
  ]);
  return answer.status();
}

module.exports = { posts, submits };
