// What the mock server makes of a file: CSV without quotes in the columns of online_retail, or one
// event a line. Enough to show the screens; the real reader is the server's.

export function previewOf(fileName, mapping, bytes, wholeFile, limit = 20) {
  const lines = bytes.toString('utf8').split(/\r?\n/).filter(Boolean);
  const csv = mapping === 'online-retail';
  const columns = csv ? lines[0].split(',') : [];
  const rows = (csv ? lines.slice(1) : lines).slice(0, wholeFile ? undefined : -1);
  const events = [];
  const rejects = [];
  rows.forEach((raw, index) => {
    const line = index + (csv ? 2 : 1);
    const made = csv ? rowEvent(columns, raw, line) : lineEvent(raw, line);
    if (made.code) rejects.push({ line, ...made, raw });
    else events.push({ line, ...made });
  });
  return { format: csv ? 'csv' : 'jsonl', encoding: 'utf-8', delimiter: csv ? ',' : null, columns, rows_read: rows.length, events: events.slice(0, limit), accepted: events.length, rejected: rejects.length, rejects: rejects.slice(0, limit), whole_file: wholeFile };
}

function rowEvent(columns, raw, line) {
  const row = Object.fromEntries(raw.split(',').map((value, n) => [columns[n], value]));
  const at = Date.parse(row.InvoiceDate);
  if (Number.isNaN(at)) return { code: 'bad_time', message: 'import: InvoiceDate: not a time in the format d/M/yyyy HH:mm' };
  const id = row.CustomerID ? { namespace: 'user_id', value: row.CustomerID.replace(/\.0$/, '') } : { namespace: 'anonymous_id', value: `invoice-${row.InvoiceNo}` };
  return { type: 'track', name: row.InvoiceNo.startsWith('C') ? 'Order Line Cancelled' : 'Order Line', at: new Date(at).toISOString(), message_id: `online-retail:${row.InvoiceNo}:${row.StockCode}:${line}`, identifiers: [id], properties: { quantity: Number(row.Quantity), unit_price: Number(row.UnitPrice) }, traits: {} };
}

function lineEvent(raw, line) {
  try {
    const body = JSON.parse(raw);
    return { type: body.type, name: body.event ?? body.type, at: new Date(body.timestamp ?? Date.now()).toISOString(), message_id: body.messageId ?? `line-${line}`, identifiers: [{ namespace: 'user_id', value: String(body.userId ?? body.anonymousId) }], properties: body.properties ?? {}, traits: body.traits ?? {} };
  } catch {
    return { code: 'malformed', message: 'import: not a JSON object' };
  }
}
