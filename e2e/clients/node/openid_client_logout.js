// openid-client: OpenID Connect RP-Initiated Logout, and what ends with the session.
'use strict';

const { run } = require('./check');
const { Page, Person } = require('./person');
const { discovered, refused, request, signedIn } = require('./openid');

const ELSEWHERE = 'https://attacker.example/';

async function isSignedIn(the, { client, config, about }, person) {
  const wish = { redirect_uri: about.redirect_uri, scope: about.scope, prompt: 'none' };
  const { parameters, checks } = await request(client, config, wish);
  const back = await person.goes(client.buildAuthorizationUrl(config, parameters), about.redirect_uri);
  if (back.searchParams.has('code')) return true;
  const promise = client.authorizationCodeGrant(config, back, checks);
  the.same('signed out', await refused(the, 'signed out', promise), 'login_required');
  return false;
}

async function byHint(stage, the, own, person) {
  const { client, config, about } = own;
  const lasting = await signedIn(own, person);
  const scope = about.scope.replace(' offline_access', '');
  const { tokens } = await signedIn(own, person, { scope });
  the.same('signed in', await isSignedIn(the, own, person), true);
  const state = client.randomState();
  const url = client.buildEndSessionUrl(config, {
    post_logout_redirect_uri: about.post_logout_redirect_uri,
    id_token_hint: tokens.id_token,
    state,
  });
  const back = await person.goes(url, about.post_logout_redirect_uri);
  the.same('back', back.href, `${about.post_logout_redirect_uri}?state=${state}`);
  the.same('signed out', await isSignedIn(the, own, person), false);
  // OpenID Connect Back-Channel Logout §2.7: offline access outlives the session, the rest does not.
  const ended = client.refreshTokenGrant(config, tokens.refresh_token);
  the.same('ended', await refused(the, 'ended', ended), 'invalid_grant');
  const goesOn = await client.refreshTokenGrant(config, lasting.tokens.refresh_token);
  the.holds('offline access goes on', goesOn.access_token);
}

// §2: who gives no hint must be confirmed by the user.
async function withoutHint(stage, the, own, person) {
  const { client, config, about } = own;
  await signedIn(own, person);
  const { post_logout_redirect_uri } = about;
  const before = person.pressed.length;
  const url = client.buildEndSessionUrl(config, { post_logout_redirect_uri });
  const back = await person.goes(url, post_logout_redirect_uri);
  the.same('confirmed', person.pressed.slice(before), ['logout']);
  the.same('back, confirmed', back.href, post_logout_redirect_uri);
  the.same('signed out', await isSignedIn(the, own, person), false);
}

// §3: to where no client has registered, nobody is sent; the person is asked, and then signed out here.
async function elsewhere(stage, the, own, person) {
  const { client, config } = own;
  const { tokens } = await signedIn(own, person);
  const before = person.pressed.length;
  const url = client.buildEndSessionUrl(config, {
    post_logout_redirect_uri: ELSEWHERE,
    id_token_hint: tokens.id_token,
  });
  const page = await person.goes(url, ELSEWHERE);
  the.same('asked', person.pressed.slice(before), ['logout']);
  the.holds('stays here', page instanceof Page && page.url.href.startsWith(stage.issuer), page);
  the.same('no way onwards', page.onwards(), undefined);
  the.same('signed out', await isSignedIn(the, own, person), false);
}

run(async (stage, the) => {
  const own = await discovered(stage, 'basic');
  const person = new Person(stage);
  await byHint(stage, the, own, person);
  await withoutHint(stage, the, own, person);
  await elsewhere(stage, the, own, person);
});
