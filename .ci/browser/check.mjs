// Opens each page of a site as a file, light and dark and on a narrow screen: axe finds no violation, nothing is
// wider than the screen, no request leaves the disk, and each link of the site leads to a file.
import { chromium } from 'playwright-core';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [root, axePath] = process.argv.slice(2);
const axe = fs.readFileSync(axePath, 'utf8');
const files = fs.readdirSync(root, { recursive: true }).map(name => path.join(root, name));
const isPage = file => file.endsWith('.html') && !fs.readFileSync(file, 'utf8').includes('http-equiv="refresh"');
const pages = files.filter(isPage);
const faults = [];
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
}).catch(error => {
  console.log(error.message.split('\n')[0]);
  process.exit(77);
});
for (const colorScheme of ['light', 'dark']) {
  const context = await browser.newContext({ colorScheme, bypassCSP: true, viewport: { width: 360, height: 740 } });
  const page = await context.newPage();
  page.on('request', request => { if (!request.url().startsWith('file:')) faults.push(`request: ${request.url()}`); });
  for (const file of pages) {
    const fault = text => faults.push(`${path.relative(root, file)} (${colorScheme}): ${text}`);
    await page.goto(`file://${file}`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    for (const { id, nodes } of violations) fault(`${id}: ${nodes[0].html}`);
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) fault('wider than the screen');
    const links = await page.evaluate(() => [...document.querySelectorAll('[href], [src]')].map(found => found.href || found.src));
    for (const link of links.filter(link => link.startsWith('file:'))) {
      const target = fileURLToPath(link.split('#')[0]);
      if (!fs.existsSync(target)) fault(`leads nowhere: ${link}`);
    }
  }
}
await browser.close();
for (const fault of [...new Set(faults)].slice(0, 40)) console.log(fault);
console.log(`${pages.length} pages, ${faults.length} faults`);
process.exit(pages.length > 10 && faults.length === 0 ? 0 : 1);
