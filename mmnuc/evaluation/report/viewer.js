// Draws one image with the outlines of both sides. Outlines are paths in image pixels; a path a class
// and side is built once an image, so that two thousand nuclei redraw within a frame.
class Viewer {
  constructor(canvas, card, classes) {
    this.canvas = canvas;
    this.card = card;
    this.classes = classes;
    this.colors = classes.map((name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
    this.visible = { picture: true, gt: true, pred: true, classes: new Set(classes.keys()) };
    this.view = { scale: 1, x: 0, y: 0 };
    this.hovered = null;
    this.listen();
    new ResizeObserver(() => { this.resize(); this.fit(); }).observe(canvas);
  }

  open(image) {
    this.image = image;
    this.hovered = null;
    this.card.hidden = true;
    this.sides = {};
    for (const side of ['gt', 'pred']) this.sides[side] = this.prepare(image[side]);
    this.picture = null;
    if (image.picture) {
      const picture = new Image();
      picture.onload = () => { if (this.image === image) { this.picture = picture; this.draw(); } };
      picture.src = image.picture;
    }
    this.fit();
  }

  prepare(side) {
    const paths = side.outlines.map((rings) => {
      const path = new Path2D();
      for (const ring of rings) {
        for (let i = 0; i < ring.length; i += 2) path.lineTo(ring[i] + 0.5, ring[i + 1] + 0.5);
        path.closePath();
      }
      return path;
    });
    const together = this.classes.map(() => new Path2D());
    side.outlines.forEach((rings, i) => {
      for (const ring of rings) {
        const path = together[side.classes[i]];
        path.moveTo(ring[0] + 0.5, ring[1] + 0.5);
        for (let k = 2; k < ring.length; k += 2) path.lineTo(ring[k] + 0.5, ring[k + 1] + 0.5);
        path.closePath();
      }
    });
    return { ...side, paths, together, grid: this.gridOf(side.boxes) };
  }

  // Nuclei by squares of 64 pixels, to find what lies under the pointer.
  gridOf(boxes) {
    const grid = new Map();
    boxes.forEach(([x1, y1, x2, y2], i) => {
      for (let y = y1 >> 6; y <= y2 >> 6; y++) {
        for (let x = x1 >> 6; x <= x2 >> 6; x++) {
          const key = `${x},${y}`;
          if (!grid.has(key)) grid.set(key, []);
          grid.get(key).push(i);
        }
      }
    });
    return grid;
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
  }

  fit() {
    if (!this.image) return;
    const { clientWidth: w, clientHeight: h } = this.canvas;
    const scale = Math.min(w / this.image.width, h / this.image.height);
    this.view = { scale, x: (w - scale * this.image.width) / 2, y: (h - scale * this.image.height) / 2 };
    this.draw();
  }

  zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const scale = Math.min(60, Math.max(0.02, this.view.scale * factor));
    const applied = scale / this.view.scale;
    this.view = { scale, x: x - applied * (x - this.view.x), y: y - applied * (y - this.view.y) };
    this.draw();
  }

  move(dx, dy) {
    this.view.x += dx;
    this.view.y += dy;
    this.draw();
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.paint(); });
  }

  paint() {
    if (!this.image) return;
    const context = this.canvas.getContext('2d');
    const ratio = window.devicePixelRatio || 1;
    const { scale, x, y } = this.view;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
    context.imageSmoothingEnabled = scale < 4;
    if (this.picture && this.visible.picture) context.drawImage(this.picture, 0, 0, this.image.width, this.image.height);
    context.lineJoin = 'round';
    for (const side of ['gt', 'pred']) if (this.visible[side]) this.outline(context, side, scale);
    if (this.hovered) {
      const { side, index } = this.hovered;
      context.setLineDash([]);
      context.strokeStyle = '#fff';
      context.lineWidth = 3.5 / scale;
      context.stroke(this.sides[side].paths[index]);
    }
  }

  outline(context, side, scale) {
    context.setLineDash(side === 'gt' ? [4 / scale, 3 / scale] : []);
    context.lineWidth = 1.8 / scale;
    this.sides[side].together.forEach((path, number) => {
      if (!this.visible.classes.has(number)) return;
      context.strokeStyle = this.colors[number];
      context.stroke(path);
    });
  }

  // The smallest shown nucleus under a point of the canvas; predictions first.
  at(x, y) {
    const px = (x - this.view.x) / this.view.scale;
    const py = (y - this.view.y) / this.view.scale;
    const context = this.canvas.getContext('2d');
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    let found = null;
    for (const side of ['pred', 'gt']) {
      if (!this.visible[side] || found) continue;
      const own = this.sides[side];
      for (const index of own.grid.get(`${px >> 6},${py >> 6}`) ?? []) {
        if (!this.visible.classes.has(own.classes[index])) continue;
        if (!context.isPointInPath(own.paths[index], px, py)) continue;
        if (!found || own.areas[index] < own.areas[found.index]) found = { side, index };
      }
    }
    context.restore();
    return found;
  }

  hover(x, y) {
    const found = this.image ? this.at(x, y) : null;
    const same = found && this.hovered && found.side === this.hovered.side && found.index === this.hovered.index;
    this.hovered = found;
    this.card.hidden = !found;
    if (found) {
      if (!same) this.describe(found);
      const right = x + 16 + this.card.offsetWidth > this.canvas.clientWidth;
      this.card.style.left = `${right ? x - 12 - this.card.offsetWidth : x + 16}px`;
      this.card.style.top = `${Math.min(y + 12, this.canvas.clientHeight - this.card.offsetHeight - 4)}px`;
    }
    this.draw();
  }

  describe({ side, index }) {
    const own = this.sides[side];
    const title = document.createElement('b');
    title.textContent = `${side === 'gt' ? 'ground truth' : 'prediction'}: ${spoken(this.classes[own.classes[index]])}`;
    const lines = [`size ${own.areas[index]} px`];
    if (side === 'pred') lines.unshift(`score ${own.scores[index].toFixed(3)}`);
    if (own.partners[index] >= 0) lines.push(`IoU ${own.ious[index].toFixed(3)}`);
    this.card.replaceChildren(title, document.createTextNode(lines.join(' · ')));
  }

  listen() {
    const place = (event) => [event.offsetX, event.offsetY];
    let last = null;
    this.canvas.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), ...place(event));
    }, { passive: false });
    this.canvas.addEventListener('pointerdown', (event) => {
      last = [event.clientX, event.clientY];
      this.canvas.setPointerCapture(event.pointerId);
      this.canvas.classList.add('moving');
    });
    this.canvas.addEventListener('pointermove', (event) => {
      if (!last) { this.hover(...place(event)); return; }
      this.move(event.clientX - last[0], event.clientY - last[1]);
      last = [event.clientX, event.clientY];
    });
    const stop = () => { last = null; this.canvas.classList.remove('moving'); };
    this.canvas.addEventListener('pointerup', stop);
    this.canvas.addEventListener('pointercancel', stop);
    this.canvas.addEventListener('pointerleave', () => this.hover(-1e9, -1e9));
    this.canvas.addEventListener('keydown', (event) => this.key(event));
  }

  key(event) {
    const step = 60;
    const actions = {
      '+': () => this.zoom(1.4), '=': () => this.zoom(1.4), '-': () => this.zoom(1 / 1.4), 0: () => this.fit(),
      ArrowLeft: () => this.move(step, 0), ArrowRight: () => this.move(-step, 0),
      ArrowUp: () => this.move(0, step), ArrowDown: () => this.move(0, -step),
    };
    if (!actions[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    actions[event.key]();
  }
}
