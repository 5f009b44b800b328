// An SMSC for the tests: SMPP on one port, a control port in HTTP on another, both on the loopback.
// node server.js FOLDER: writes FOLDER/ports.json once it listens. The smpp package is found through NODE_PATH.
const fs = require('fs');
const http = require('http');
const path = require('path');
const smpp = require('smpp');

const sessions = new Set();
const state = {submitted: [], answers: [], binds: 0, enquiries: 0, failures: []};
let numbers = 0;

function receipt(session, pdu, id, word) {
  const text = `id:${id} sub:001 dlvrd:001 submit date:2601011200 done date:2601011200 stat:${word} err:000 text:`;
  session.deliver_sm({
    source_addr_ton: 1, source_addr_npi: 1, source_addr: pdu.destination_addr,
    dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: pdu.source_addr,
    esm_class: 4, short_message: Buffer.from(text), receipted_message_id: id, message_state: word === 'DELIVRD' ? 2 : 5,
  }, (answer) => state.answers.push({kind: 'receipt', status: answer.command_status}));
}

const server = smpp.createServer((session) => {
  session.on('error', () => {});
  session.on('close', () => sessions.delete(session));
  session.on('bind_transceiver', (pdu) => {
    state.binds += 1;
    if (pdu.password !== 'secret') return session.send(pdu.response({command_status: smpp.ESME_RBINDFAIL}));
    sessions.add(session);
    session.send(pdu.response({system_id: 'smsc'}));
  });
  session.on('enquire_link', (pdu) => { state.enquiries += 1; session.send(pdu.response()); });
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
  session.on('submit_sm', (pdu) => {
    const failure = state.failures.shift();
    if (failure === 'silent') return;
    if (failure === 'drop') return session.socket.destroy();
    if (failure) return session.send(pdu.response({command_status: failure}));
    const id = `m${++numbers}`;
    const raw = pdu.short_message.message;
    state.submitted.push({
      id, from: pdu.source_addr, to: pdu.destination_addr, coding: pdu.data_coding, esm_class: pdu.esm_class,
      text: raw, udh: (pdu.short_message.udh || []).map((part) => part.toString('hex')),
    });
    session.send(pdu.response({message_id: id}));
    receipt(session, pdu, id, pdu.destination_addr.endsWith('99') ? 'UNDELIV' : 'DELIVRD');
  });
});

function inject(message) {
  const [session] = sessions;
  const fields = {source_addr_ton: 1, source_addr_npi: 1, dest_addr_ton: 1, dest_addr_npi: 1, ...message};
  for (const name of ['short_message', 'message_payload']) {
    if (fields[name] !== undefined) fields[name] = Buffer.from(fields[name], 'hex');
  }
  session.deliver_sm(fields, (pdu) => state.answers.push({kind: 'message', status: pdu.command_status}));
}

const control = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    const given = body ? JSON.parse(body) : {};
    if (request.url === '/inject') inject(given);
    if (request.url === '/fail') state.failures.push(...given.failures);
    if (request.url === '/drop') sessions.forEach((session) => session.socket.destroy());
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({...state, sessions: sessions.size}));
  });
});

server.listen(0, '127.0.0.1', () => control.listen(0, '127.0.0.1', () => {
  const ports = JSON.stringify({smpp: server.address().port, control: control.address().port});
  const target = path.join(process.argv[2], 'ports.json');
  fs.writeFileSync(`${target}.new`, ports);
  fs.renameSync(`${target}.new`, target);
}));
