// Drives a headless Chromium over its debugging pipe, without any package: open a page, ask it things, and tell what it logged and fetched.
//     const browser = await open('chromium'); const page = await browser.page('file:///...', { width: 420, dark: true }); await page.ask('document.title'); await browser.close();
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions', '--remote-debugging-pipe'];

export async function open(command) {
  const profile = mkdtempSync(join(tmpdir(), 'orrery-browser-'));
  const child = spawn(command, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const waiting = new Map(), listeners = [];
  let number = 0, rest = '';
  child.stdio[4].on('data', (bytes) => {
    const parts = (rest + bytes.toString('utf8')).split('\0');
    rest = parts.pop();
    for (const message of parts.map((part) => JSON.parse(part))) {
      if (message.id === undefined) { listeners.forEach((listener) => listener(message)); continue; }
      const { resolve, reject } = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) reject(new Error(message.error.message)); else resolve(message.result);
    }
  });
  child.on('exit', () => { for (const { reject } of waiting.values()) reject(new Error('the browser ended')); });
  const send = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
    waiting.set(++number, { resolve, reject });
    child.stdio[3].write(`${JSON.stringify({ id: number, method, params, sessionId })}\0`);
  });

  async function page(url, { width = 1280, height = 2000, dark = false } = {}) {
    const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
    const problems = [], fetched = [];
    listeners.push(({ method, params, sessionId: from }) => {
      if (from !== sessionId) return;
      if (method === 'Runtime.exceptionThrown') problems.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
      if (method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(params.type)) problems.push(params.args.map((a) => a.value ?? a.description).join(' '));
      if (method === 'Log.entryAdded' && ['error', 'warning'].includes(params.entry.level)) problems.push(params.entry.text);
      if (method === 'Network.requestWillBeSent' && !/^(data|blob):/.test(params.request.url) && params.request.url !== url) fetched.push(params.request.url);
    });
    for (const domain of ['Runtime', 'Log', 'Network', 'Page']) await send(`${domain}.enable`, {}, sessionId);
    await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false }, sessionId);
    await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] }, sessionId);
    await send('Page.navigate', { url }, sessionId);
    const ask = async (expression) => {
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true }, sessionId);
      if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
      return result.value;
    };
    for (let i = 0; i < 100 && !(await ask('document.documentElement?.dataset.ready ?? ""')); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    await new Promise((resolve) => setTimeout(resolve, 150));
    const press = (type, x, y, more = {}) => send('Input.dispatchMouseEvent', { type, x, y, ...more }, sessionId);
    const shot = async () => Buffer.from((await send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true }, sessionId)).data, 'base64');
    return { ask, press, shot, problems, fetched };
  }

  async function close() {
    const ended = new Promise((resolve) => child.on('exit', resolve));
    await send('Browser.close').catch(() => {});
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
  return { page, close };
}
