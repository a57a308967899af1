// Run the tests in CPython on WebAssembly.
// node run.mjs <folder with node_modules> <folder of Python packages> <the checkout> <Hypothesis profile> [paths of tests]
import { writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

// Some tests nest deeper than the stack that V8 has of itself, which ends Python; only a worker's can be made larger.
const STACK_MB = 256;

async function run([modules, packages, checkout, profile, ...paths]) {
  const entry = join(modules, "node_modules", "pyodide", "pyodide.mjs");
  const { loadPyodide } = await import(pathToFileURL(entry).href);
  const env = { HOME: "/tmp", HYPOTHESIS_PROFILE: profile, PYTHONDONTWRITEBYTECODE: "1", PYTHONUTF8: "1" };
  const python = await loadPyodide({ env });
  // A worker has no standard input, and its own output arrives when it has ended.
  python.setStdin({ stdin: () => null });
  python.setStdout({ write: (bytes) => writeSync(1, bytes) });
  python.setStderr({ write: (bytes) => writeSync(2, bytes) });
  for (const [inside, outside] of [["/packages", packages], ["/checkout", checkout]]) {
    python.FS.mkdir(inside);
    python.mountNodeFS(inside, outside);
  }
  python.FS.chdir("/checkout");
  python.runPython("import sys; sys.path[:0] = ['/packages', '/checkout']");
  return python.pyimport("tests.pyodide.inside").main(JSON.stringify(paths));
}

if (isMainThread) {
  const options = { workerData: process.argv.slice(2), resourceLimits: { stackSizeMb: STACK_MB } };
  process.exitCode = 1;
  new Worker(fileURLToPath(import.meta.url), options).on("message", (code) => (process.exitCode = code));
} else {
  parentPort.postMessage(await run(workerData));
}
