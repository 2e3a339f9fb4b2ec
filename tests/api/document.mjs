// An OpenAPI document: its operations, its examples, and whether an answer is as it says.
import Ajv from 'ajv/dist/2020.js';

const kJson = 'application/json';
const kId = 'openapi.json';

/** `a/b~c` as a part of a JSON pointer inside a URI. */
const part = (name) => encodeURIComponent(String(name).replaceAll('~', '~0').replaceAll('/', '~1'));
const pointer = (...names) => `${kId}#/${names.map(part).join('/')}`;

export class Document {
  static async read(url) {
    const answer = await fetch(`${url}/openapi.json`);
    return new Document(await answer.json());
  }

  constructor(json) {
    this.json = json;
    this.ajv = new Ajv({strict: false, validateFormats: false, allErrors: true});
    this.ajv.addSchema({...json, $id: kId});
    this.operations = new Map();
    for (const [path, item] of Object.entries(json.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        if (method === 'parameters') continue;
        const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
        this.operations.set(operation.operationId, {path, method, operation, parameters});
      }
    }
  }

  operationIds() {
    return [...this.operations.keys()];
  }

  /** What `value` lacks to be of the schema at a pointer: texts. */
  faults(schema, value) {
    const validate = this.ajv.getSchema(schema);
    return validate(value) ? [] : validate.errors.map((one) => `${one.instancePath}: ${one.message} ${JSON.stringify(one.params)}`);
  }

  /** Every example of a JSON body: {where, schema, example}. */
  * examples() {
    for (const {path, method, operation} of this.operations.values()) {
      const body = operation.requestBody?.content?.[kJson];
      if (body?.example !== undefined) {
        yield {where: `${method} ${path}`, schema: pointer('paths', path, method, 'requestBody', 'content', kJson, 'schema'), example: body.example};
      }
      for (const [status, response] of Object.entries(operation.responses)) {
        const content = response.content?.[kJson];
        if (!content) continue;
        yield {where: `${method} ${path} ${status}`, schema: pointer('paths', path, method, 'responses', status, 'content', kJson, 'schema'), example: content.example};
      }
    }
    for (const [name, response] of Object.entries(this.json.components.responses)) {
      yield {where: `response ${name}`, schema: pointer('components', 'responses', name, 'content', kJson, 'schema'), example: response.content[kJson].example};
    }
  }

  /** What an answer has that the document does not say of a success, or of the refusal `wanted`: texts. */
  faultsOfAnswer(operationId, {status, type, body}, wanted) {
    const {path, method, operation} = this.operations.get(operationId);
    const {$ref: shared} = operation.responses[status] ?? {};
    const name = shared?.split('/').at(-1);
    const response = name ? this.json.components.responses[name] : operation.responses[status];
    if (!response || (wanted ? status !== wanted : status >= 300)) return [`status ${status}`];
    const types = Object.keys(response.content ?? {});
    if (types.length === 0) return body === null ? [] : ['has a body'];
    if (!types.includes(type)) return [`type ${type}`];
    if (type !== kJson) return [];
    const place = name ? ['components', 'responses', name] : ['paths', path, method, 'responses', status];
    return this.faults(pointer(...place, 'content', kJson, 'schema'), body);
  }
}
