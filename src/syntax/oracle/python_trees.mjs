// CPython 3.14 as WebAssembly over Python files: node python_trees.mjs FOLDER-OF-PYODIDE digests|dumps|ranges < LIST > ANSWERS
// LIST has one path a line. For `digests` an answer is a line `path<TAB>digest or !error`; for `dumps` it is a JSON array of
// the dumps, in which each byte is a character; `ranges` answers what identifiers are made of, and reads no list.
import {readFileSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

const [folder, what] = process.argv.slice(2);
const {loadPyodide} = await import(pathToFileURL(resolve(folder, 'pyodide.mjs')));
const python = await loadPyodide();
const here = dirname(fileURLToPath(import.meta.url));
python.runPython(readFileSync(resolve(here, 'python_dump.py'), 'utf8'));
python.runPython('import sys; assert sys.version_info[:2] == (3, 14), sys.version; sys.setrecursionlimit(20000)');
if (what === 'ranges') {
  process.stdout.write(python.runPython(readFileSync(resolve(here, 'identifier_ranges.py'), 'utf8') + '\nsource()'));
  process.exit();
}
const ask = python.runPython(
    what === 'digests' ? 'lambda source: digest(source.to_bytes())'
                       : 'lambda source: dump(source.to_bytes()).decode("latin-1")');
const answers = [];
let list = '';
for await (const piece of process.stdin.setEncoding('utf8')) list += piece;
for (const path of list.split('\n').filter(Boolean)) {
  const answer = ask(new Uint8Array(readFileSync(path)));
  if (what === 'digests') process.stdout.write(`${path}\t${answer}\n`);
  else answers.push(answer);
}
if (what !== 'digests') process.stdout.write(JSON.stringify(answers));
