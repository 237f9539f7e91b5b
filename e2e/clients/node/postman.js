// The three Postman items under newman: variables filled in, and beside each item's own tests one that
// compares the answer with the item's saved example.
'use strict';

const fs = require('fs');
const path = require('path');
const newman = require('newman');
const { run } = require('./check');
const { sign } = require('./assertion');

const ITEMS = path.join(__dirname, '..', 'seeds', 'salesforce');

// What differs from one answer to the next, or between two hops.
const OF_ONE_ANSWER = ['date', 'transfer-encoding'];

function item(name) {
  return JSON.parse(fs.readFileSync(path.join(ITEMS, `${name}.postman_item.json`), 'utf8'));
}

// Runs inside newman's sandbox; `saved` and `expected` are put before it.
function compare(pm, saved, expected) {
  const reply = pm.response.json();
  pm.test('status', () => pm.expect(pm.response.code).to.eql(saved.code));
  pm.test('reason', () => pm.expect(pm.response.status).to.eql(saved.status));
  pm.test('members and their order', () => pm.expect(Object.keys(reply)).to.eql(saved.members));
  pm.test('values', () => {
    for (const [name, value] of Object.entries(expected.values)) {
      pm.expect(reply[name], name).to.eql(value);
    }
  });
  pm.test('shapes', () => {
    for (const [name, shape] of Object.entries(expected.shapes)) {
      pm.expect(String(reply[name]), name).to.match(new RegExp(shape));
    }
  });
  pm.test('headers', () => {
    for (const [name, value] of saved.headers) {
      pm.expect(pm.response.headers.get(name), name).to.eql(value);
    }
  });
}

// An event beside the item's own, which stay as they are.
function withComparison(item, expected) {
  const example = item.response[0];
  const body = JSON.parse(example.body.replace(/<timestamp>/g, '0'));
  const saved = {
    code: example.code,
    status: example.status,
    members: Object.keys(body),
    headers: example.header
      .filter((header) => !OF_ONE_ANSWER.includes(header.key.toLowerCase()))
      .map((header) => [header.key, header.value]),
  };
  const exec = `(${compare})(pm, ${JSON.stringify(saved)}, ${JSON.stringify(expected)});`;
  const event = { listen: 'test', script: { type: 'text/javascript', exec: [exec] } };
  return { ...item, event: [...(item.event ?? []), event] };
}

// The item's own script has put what it read into variables: they are what the next items use.
const VARIABLES = `
pm.test('variables of the item', () => {
  const reply = pm.response.json();
  pm.expect(pm.collectionVariables.get('_accessToken')).to.eql(reply.access_token);
  pm.expect(pm.collectionVariables.get('_endpoint')).to.eql(reply.instance_url);
  pm.expect(pm.collectionVariables.get('_userId')).to.match(/^005[0-9A-Za-z]{15}$/);
  pm.expect(pm.collectionVariables.get('_orgId')).to.match(/^00D[0-9A-Za-z]{15}$/);
});`;

function jwtBearer(stage) {
  const made = withComparison(item('jwt_bearer'), {
    values: { token_type: 'Bearer' },
    shapes: { access_token: '^00D\\w{12}![\\w.]+$', id: '/id/00D\\w{15}/005\\w{15}$' },
  });
  const assertion = made.request.body.urlencoded.find((field) => field.key === 'assertion');
  assertion.value = sign(stage);
  made.event.push({ listen: 'test', script: { type: 'text/javascript', exec: [VARIABLES] } });
  return made;
}

function introspection(stage) {
  return withComparison(item('introspection'), {
    values: {
      active: true,
      client_id: stage.client_id,
      username: stage.username,
      token_type: 'access_token',
    },
    shapes: { exp: '^\\d{10}$', iat: '^\\d{10}$', nbf: '^\\d{10}$', sub: '/id/00D\\w{15}/005\\w{15}$' },
  });
}

function registration() {
  return withComparison(item('registration'), {
    values: {
      client_secret_expires_at: 0,
      token_endpoint_auth_method: 'client_secret_post',
      redirect_uris: ['http://localhost'],
      response_types: ['code', 'token', 'id_token'],
      grant_types: ['authorization_code', 'hybrid_auth_code', 'implicit', 'refresh_token'],
      contacts: ['abc@sf.com'],
      // The saved example was made with another name than the item's request.
      client_name: 'Example Olivier',
      scopes: ['openid', 'refresh_token', 'id', 'api'],
    },
    shapes: { client_id_issued_at: '^\\d{10}$', registration_access_token: '.{10}' },
  });
}

function collection(stage) {
  const variables = {
    url: stage.url,
    site: stage.site,
    clientId: stage.client_id,
    clientSecret: stage.client_secret,
    init_access_token: stage.init_access_token,
    _accessToken: '',
  };
  return {
    info: {
      name: 'Salesforce Platform APIs',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: [jwtBearer(stage), introspection(stage), registration()],
    variable: Object.entries(variables).map(([key, value]) => ({ key, value })),
  };
}

function perform(stage) {
  const options = { collection: collection(stage), sslExtraCaCerts: stage.ca_file, color: 'off' };
  return new Promise((resolve, reject) => {
    newman.run(options, (error, summary) => (error ? reject(error) : resolve(summary)));
  });
}

run(async (stage, the) => {
  const { run: ran } = await perform(stage);
  for (const { source, error } of ran.failures) {
    the.holds(`${source?.name}: ${error.test ?? error.name}`, false, error.message);
  }
  the.same('requests', ran.stats.requests.total, 3);
  // Six beside each item's own, and the variables.
  the.same('assertions', ran.stats.assertions.total, 19);
  for (const { item, response } of ran.executions) {
    if (ran.failures.length) console.error(`${item.name}: ${response?.code} ${response?.text()}`);
  }
});
