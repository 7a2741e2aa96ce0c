/** A bare Express with helmet that answers one JSON. Arguments: the port, and the JSON. */
import express from 'express';
import helmet from 'helmet';

const [port, text] = process.argv.slice(2);
const body: unknown = JSON.parse(text ?? '{}');

const app = express();
app.disable('x-powered-by');
app.use(helmet());
app.get('/health', (_request, response) => {
  response.json(body);
});
app.listen(Number(port), () => process.stdout.write('ready\n'));
