/** A list of any length that builds only the rows near what is on the screen. */

import { element, place, setAttribute } from "./element.js";

// as few as this are built at once, for then nothing is gained
const FEW = 24;
const NEAR_PIXELS = 800;

/** Rows are made by `make(item)`, have a `node`, and are told of news by `update(item)`. */
export class List {
  constructor({ make, size, height, className = "" }) {
    this._make = make;
    this._size = size;
    this._height = height;
    this._rows = new Map();
    this._chunks = [];
    this.node = element("div", { className: `list ${className}`, role: "list", tabIndex: -1 });
  }

  /** Show these items, each with a `key` that no other has. */
  update(items) {
    const focused = this.node.getRootNode().activeElement;
    const hadFocus = focused && this.node.contains(focused);
    const count = Math.ceil(items.length / this._size);
    while (this._chunks.length > count) {
      const chunk = this._chunks.pop();
      this._unwatch(chunk);
      chunk.node.remove();
    }
    while (this._chunks.length < count) {
      const node = element("div", { className: "chunk", role: "presentation" });
      this._chunks.push({ node, items: [], isNear: this._chunks.length === 0 });
      this.node.append(node);
    }
    this._total = items.length;
    this._chunks.forEach((chunk, index) => {
      chunk.first = index * this._size;
      chunk.items = items.slice(chunk.first, chunk.first + this._size);
      if (items.length <= FEW) {
        this._unwatch(chunk);
        chunk.isNear = true;
      } else {
        this._watch(chunk);
      }
      this._show(chunk);
    });
    this._drop();
    // what was in the focus may be over
    if (hadFocus && !this.node.contains(this.node.getRootNode().activeElement)) {
      this.node.focus();
    }
  }

  /** Call something for each row that is built. */
  each(call) {
    this._rows.forEach(call);
  }

  disconnect() {
    if (this._observer) {
      this._observer.disconnect();
      this._observer = undefined;
    }
    this._chunks.forEach((chunk) => {
      chunk.isWatched = false;
    });
  }

  _show(chunk) {
    if (!chunk.isNear) {
      if (chunk.node.firstChild) {
        this._height = chunk.node.offsetHeight / chunk.node.childNodes.length || this._height;
        place(chunk.node, []);
      }
      chunk.node.style.minHeight = `${this._height * chunk.items.length}px`;
      return;
    }
    chunk.node.style.minHeight = "";
    place(
      chunk.node,
      chunk.items.map((item, index) => {
        let row = this._rows.get(item.key);
        if (!row) {
          row = this._make(item);
          this._rows.set(item.key, row);
        }
        row.update(item);
        setAttribute(row.node, "aria-setsize", this._total);
        setAttribute(row.node, "aria-posinset", chunk.first + index + 1);
        return row.node;
      }),
    );
  }

  _drop() {
    const kept = new Set();
    for (const { isNear, items } of this._chunks) {
      if (isNear) {
        items.forEach(({ key }) => kept.add(key));
      }
    }
    for (const [key, row] of this._rows) {
      if (!kept.has(key)) {
        row.node.remove();
        this._rows.delete(key);
      }
    }
  }

  _watch(chunk) {
    if (!this._observer) {
      this._observer = new IntersectionObserver((entries) => this._moved(entries), {
        rootMargin: `${NEAR_PIXELS}px 0px`,
      });
    }
    if (!chunk.isWatched) {
      chunk.isWatched = true;
      this._observer.observe(chunk.node);
    }
  }

  _unwatch(chunk) {
    if (chunk.isWatched) {
      chunk.isWatched = false;
      this._observer.unobserve(chunk.node);
    }
  }

  _moved(entries) {
    for (const { target, isIntersecting } of entries) {
      const chunk = this._chunks.find(({ node }) => node === target);
      const focused = this.node.getRootNode().activeElement;
      if (chunk && chunk.isNear !== isIntersecting && !target.contains(focused)) {
        chunk.isNear = isIntersecting;
        this._show(chunk);
      }
    }
    this._drop();
  }
}
