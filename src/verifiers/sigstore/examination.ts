import type { Descriptor } from '../../descriptor.ts';
import { asVerdictError, VerdictError } from '../../errors.ts';
import { announcesLines, formOfLayer } from './forms.ts';
import { broken, type Examination, type Fetched, type Placed, type Said, Signatures } from './signatures.ts';

/** Layers fetched at a time, and signatures examined at a time. */
const PARALLEL = 16;
/** Bytes that signatures examined at a time were found in: beyond, no other is begun. */
const PARALLEL_BYTES = 32 * 1024 * 1024;

/** Everything in an artifact, in the order of layers and of what each holds; made only when it is asked for. */
export async function* examineAll(examination: Examination): AsyncGenerator<Said> {
  const { verifier, exhibit, limits } = examination;
  const { layers } = exhibit;
  if (layers.length === 0) {
    const error = new VerdictError('SIGNATURE_INVALID', 'it announces a signature and has no content');
    yield broken({ verifier }, error);
  }
  const readable = layers.slice(0, limits.layers);
  const signatures = new Signatures(examination);
  for (let at = 0; at < readable.length; at += PARALLEL) {
    const together = readable.slice(at, at + PARALLEL);
    const contents = await Promise.all(
      together.map(async (layer) => ({ layer, content: await fetched(layer, examination) })),
    );
    for (const batch of batches(signatures.open(contents))) {
      const said = await Promise.all(batch.map((placed) => signatures.examine(placed)));
      yield* said.filter((one) => one !== undefined);
    }
  }
  if (layers.length > readable.length) {
    const message = `only ${readable.length} of its ${layers.length} layers are read`;
    yield broken(
      { verifier, layer: layers[readable.length]?.digest ?? '' },
      new VerdictError('LIMIT_EXCEEDED', message),
    );
  }
}

async function fetched(layer: Descriptor, { exhibit, limits }: Examination): Promise<Fetched['content']> {
  const form = formOfLayer(layer, exhibit.descriptor.artifactType);
  if (form !== undefined && !announcesLines(layer) && layer.size > limits.signatureBytes) {
    const message = `${layer.digest} has ${layer.size} bytes, a signature may have ${limits.signatureBytes}`;
    return new VerdictError('LIMIT_EXCEEDED', message);
  }
  try {
    return await exhibit.fetch(layer);
  } catch (thrown) {
    return asVerdictError(thrown);
  }
}

/** Groups that are examined together: few where they are large. */
function* batches(placed: Iterable<Placed>): Generator<readonly Placed[]> {
  let batch: Placed[] = [];
  let bytes = 0;
  for (const one of placed) {
    batch.push(one);
    bytes += 'size' in one.found ? one.found.size : 0;
    if (batch.length < PARALLEL && bytes < PARALLEL_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
