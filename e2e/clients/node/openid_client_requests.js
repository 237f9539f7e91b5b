// openid-client: requests that are pushed (RFC 9126) or signed (RFC 9101), and the answers that are posted
// or bring an ID token with them.
'use strict';

const { run } = require('./check');
const { Person } = require('./person');
const { discovered, refused, request, signingKey } = require('./openid');

const URN = 'urn:ietf:params:oauth:request_uri:';

async function wish({ client, config, about }, more = {}) {
  const { redirect_uri, scope } = about;
  return request(client, config, { redirect_uri, scope, ...more });
}

async function pushed(stage, the) {
  // This one may do no other.
  const own = await discovered(stage, 'pushing');
  const { client, config, about } = own;
  const person = new Person(stage);
  const { parameters, checks } = await wish(own);
  const url = await client.buildAuthorizationUrlWithPAR(config, parameters);
  the.same('only the reference is shown', [...url.searchParams.keys()], ['request_uri', 'client_id']);
  the.holds('reference', url.searchParams.get('request_uri').startsWith(URN), url.href);
  const back = await person.goes(url, about.redirect_uri);
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  the.same('pushed', tokens.claims().aud, about.id);
  const twice = await the.fails('used twice', person.goes(url, about.redirect_uri));
  the.same('used twice', [twice?.status, twice?.code], [400, 'invalid_request_uri']);

  const plain = await the.fails('not pushed', person.goes(client.buildAuthorizationUrl(config, parameters)));
  the.same('not pushed', [plain?.status, plain?.code], [400, 'invalid_request']);
  const bad = client.buildAuthorizationUrlWithPAR(config, { ...parameters, scope: 'unheard-of' });
  the.same('pushed scope', await refused(the, 'pushed scope', bad), 'invalid_scope');
  const elsewhere = { ...parameters, redirect_uri: 'https://attacker.example/cb' };
  const away = client.buildAuthorizationUrlWithPAR(config, elsewhere);
  the.same('pushed redirect URI', await refused(the, 'pushed redirect URI', away), 'invalid_request');
  const basic = await discovered(stage, 'basic');
  const theirs = await client.buildAuthorizationUrlWithPAR(config, parameters);
  theirs.searchParams.set('client_id', basic.about.id);
  const stolen = await the.fails("another's reference", person.goes(theirs, about.redirect_uri));
  the.same("another's reference", [stolen?.status, stolen?.code], [400, 'invalid_request_uri']);
}

async function signed(stage, the) {
  const own = await discovered(stage, 'key');
  const { client, config, about } = own;
  const key = await signingKey(about.private_key);
  const { parameters, checks } = await wish(own);
  const url = await client.buildAuthorizationUrlWithJAR(config, parameters, key);
  the.same('only the object is shown', [...url.searchParams.keys()].sort(), ['client_id', 'request']);
  const back = await new Person(stage).goes(url, about.redirect_uri);
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  the.same('signed', tokens.claims().aud, about.id);

  const stranger = await client.randomDPoPKeyPair();
  const forged = await client.buildAuthorizationUrlWithJAR(config, parameters, stranger.privateKey);
  // Nothing in it can be trusted, not even where to go back to.
  const error = await the.fails('forged', new Person(stage).goes(forged, about.redirect_uri));
  the.same('forged', [error?.status, error?.code], [400, 'invalid_request_object']);
}

async function posted(stage, the) {
  const own = await discovered(stage, 'basic');
  const { client, config, about } = own;
  const { parameters, checks } = await wish(own, { response_mode: 'form_post' });
  const url = client.buildAuthorizationUrl(config, parameters);
  const back = await new Person(stage).goes(url, about.redirect_uri);
  the.holds('posted', back instanceof Request && !new URL(back.url).search, back.url);
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  the.same('posted', tokens.claims().aud, about.id);
}

async function hybrid(stage, the) {
  for (const response_mode of ['fragment', 'form_post']) {
    const own = await discovered(stage, 'hybrid');
    const { client, config, about } = own;
    client.useCodeIdTokenResponseType(config);
    const person = new Person(stage);
    const { parameters, checks } = await wish(own, { response_mode });
    const url = client.buildAuthorizationUrl(config, parameters);
    the.same(`${response_mode}: type`, url.searchParams.get('response_type'), 'code id_token');
    const back = await person.goes(url, about.redirect_uri);
    the.same(`${response_mode}: as asked`, back instanceof Request, response_mode === 'form_post');
    const answer = back instanceof Request ? await back.clone().text() : back.hash.slice(1);
    const names = [...new URLSearchParams(answer).keys()].sort();
    the.same(`${response_mode}: members`, names, ['code', 'id_token', 'iss', 'session_state', 'state']);
    // It compares the ID token's c_hash and nonce, and its signature.
    const tokens = await client.authorizationCodeGrant(config, back, checks);
    the.same(`${response_mode}: aud`, tokens.claims().aud, about.id);
    const { sub } = tokens.claims();
    the.same(`${response_mode}: user`, (await client.fetchUserInfo(config, tokens.access_token, sub)).sub, sub);
  }
}

async function implicit(stage, the) {
  for (const response_mode of ['fragment', 'form_post']) {
    const own = await discovered(stage, 'hybrid');
    const { client, config, about } = own;
    client.useIdTokenResponseType(config);
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    const parameters = { redirect_uri: about.redirect_uri, scope: 'openid email', state, nonce, response_mode };
    const url = client.buildAuthorizationUrl(config, parameters);
    const back = await new Person(stage).goes(url, about.redirect_uri);
    const claims = await client.implicitAuthentication(config, back, nonce, { expectedState: state });
    the.same(`implicit ${response_mode}: aud`, claims.aud, about.id);
    // With no access token for UserInfo, what the scopes ask for is here (OpenID Connect Core §5.4).
    the.same(`implicit ${response_mode}: email`, claims.email, stage.username);
  }
}

// Clients have only the response types that they are registered for.
async function unregistered(stage, the) {
  const own = await discovered(stage, 'basic');
  const { client, config, about } = own;
  client.useCodeIdTokenResponseType(config);
  const { parameters, checks } = await wish(own);
  const url = client.buildAuthorizationUrl(config, parameters);
  const back = await new Person(stage).goes(url, about.redirect_uri);
  const promise = client.authorizationCodeGrant(config, back, checks);
  const heard = await refused(the, 'not its response type', promise);
  the.same('not its response type', heard, 'unauthorized_client');
}

run(async (stage, the) => {
  await pushed(stage, the);
  await signed(stage, the);
  await posted(stage, the);
  await hybrid(stage, the);
  await implicit(stage, the);
  await unregistered(stage, the);
});
