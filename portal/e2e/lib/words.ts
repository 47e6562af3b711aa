// What a page says: its texts and the names of its controls, in order.
import type { Page } from 'playwright-core';

export async function words(page: Page, within: string): Promise<string[]> {
  return page.evaluate((selector) => {
    const found: string[] = [];
    for (const root of document.querySelectorAll(selector)) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
      for (let node: Node | null = root; node; node = walker.nextNode()) {
        const text = node instanceof Element ? node.getAttribute('aria-label') : node.textContent;
        if (text?.trim()) found.push(text.trim());
      }
    }
    return found;
  }, within);
}
