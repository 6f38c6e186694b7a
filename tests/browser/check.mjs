// A brief in a browser: no console error, no request to anywhere, folding and sorting work, no serious violation of accessibility in
// light and dark, nothing wider than its screen or its page, readable with scripts off, and no title of a record runs anything.
//
//   npm install && CHROMIUM=/usr/bin/chromium node check.mjs brief.html …
//
// Exit codes: 0 fine, 1 something differs.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRequire } from 'node:module';
import puppeteer from 'puppeteer-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const WIDTHS = [['print', 703], ['screen', 1280], ['screen', 390], ['screen', 360]];
const faults = [];

async function watched(browser, file, says) {
  const page = await browser.newPage();
  page.on('console', m => ['error', 'warn'].includes(m.type()) && says(`console: ${m.text()}`));
  page.on('pageerror', e => says(`error: ${e}`));
  page.on('dialog', d => { says(`dialog: ${d.message()}`); d.dismiss(); });
  page.on('request', r => r.url().startsWith('file://') || says(`request: ${r.url()}`));
  await page.goto(`file://${file}`);
  return page;
}

async function folding(page, says) {
  const open = await page.evaluate(() => {
    const folded = document.querySelector('details.data');
    folded?.querySelector('summary').click();
    return folded ? folded.open : true;
  });
  if (!open) says('a folded table does not open');
}

async function sorting(page, says) {
  const wrong = await page.evaluate(() => {
    const column = (table, i) => [...table.tBodies[0].rows].filter(r => r.className !== 'sum').map(r => r.cells[i].textContent.trim());
    const tables = [...document.querySelectorAll('table.sort')].filter(t => t.tBodies[0].rows.length > 2);
    return tables.flatMap(table => [...table.tHead.rows[0].cells].map((head, i) => {
      const button = head.querySelector('button');
      if (!button) return `no button: ${head.textContent}`;
      const before = column(table, i);
      button.click();
      const up = column(table, i);
      const same = [...before].sort().join() === [...up].sort().join();
      return same && head.getAttribute('aria-sort') === 'ascending' ? null : `sorting loses rows or says nothing: ${head.textContent}`;
    })).filter(Boolean);
  });
  wrong.forEach(says);
}

async function access(page, file, says) {
  // Only for the test: the page's own policy forbids any script but its own.
  await page.setBypassCSP(true);
  await page.goto(`file://${file}`);
  await page.evaluate(axe);
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
    found.violations.filter(v => ['serious', 'critical'].includes(v.impact)).forEach(v => says(`${scheme}: ${v.id}: ${v.nodes[0].html.slice(0, 160)}`));
  }
}

async function widths(page, says) {
  for (const [media, width] of WIDTHS) {
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaType(media);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) says(`${media} ${width}: ${wide} wide`);
  }
}

const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: quiet });
for (const name of process.argv.slice(2)) {
  const file = resolve(name);
  const says = fault => faults.push(`${name}: ${fault}`);
  const page = await watched(browser, file, says);
  await folding(page, says);
  await sorting(page, says);
  await widths(page, says);
  await access(page, file, says);
  await page.close();
  const still = await browser.newPage();
  await still.setJavaScriptEnabled(false);
  await still.goto(`file://${file}`);
  if (!(await still.$('h1'))) says('nothing to read with scripts off');
  await still.close();
}
await browser.close();
faults.forEach(fault => console.log(fault));
console.log(`${process.argv.length - 2} files, ${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
