(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const element = (id) => document.getElementById(id);
  const viewer = new Viewer(element('canvas'), element('card'), data.classes);
  let shown = 0;

  function open(place) {
    shown = (place + data.images.length) % data.images.length;
    element('image').value = shown;
    viewer.open(data.images[shown]);
    for (const line of element('ranking').tBodies[0].rows) line.classList.toggle('shown', Number(line.dataset.place) === shown);
    countClasses();
  }

  function countClasses() {
    for (const [number, chip] of [...element('classes').children].entries()) {
      const count = (side) => data.images[shown][side].classes.filter((one) => one === number).length;
      const [gt, pred] = [count('gt'), count('pred')];
      chip.textContent = `${spoken(data.classes[number])} ${gt === pred ? gt : `${gt} / ${pred}`}`;
      chip.title = `${gt} true nuclei, ${pred} predictions of this image; click to show or hide, double click for these alone`;
    }
  }

  function addChips() {
    data.classes.forEach((name, number) => {
      const chip = document.createElement('button');
      chip.className = 'chip';
      chip.dataset.name = name;
      chip.style.setProperty('--own', `var(--${name})`);
      chip.setAttribute('aria-pressed', 'true');
      chip.addEventListener('click', () => {
        const chosen = viewer.visible.classes;
        if (!chosen.delete(number)) chosen.add(number);
        showChips();
      });
      chip.addEventListener('dblclick', () => {
        const alone = viewer.visible.classes.size === 1 && viewer.visible.classes.has(number);
        viewer.visible.classes = new Set(alone ? data.classes.keys() : [number]);
        showChips();
      });
      element('classes').append(chip);
    });
  }

  function showChips() {
    for (const [number, chip] of [...element('classes').children].entries()) {
      chip.setAttribute('aria-pressed', String(viewer.visible.classes.has(number)));
    }
    viewer.draw();
  }

  const { images, score_threshold: threshold, n_resamples: resamples } = data.settings;
  element('settings').textContent = `${images} image${images === 1 ? '' : 's'}; predictions of score ${threshold} and more are shown and count for nuclei/…; 95 % CI over ${resamples} bootstrap resamples of the images.`;
  if (data.scores.some((score) => score.upper_bound !== null)) {
    element('cap').hidden = false;
    element('cap').textContent = 'A cap on detections binds: even a perfect answer reaches no more than the value under “upper bound”. Compare models by the scores without a cap.';
  }
  fillScores(element('scores'), data.scores);
  fillErrors(element('errors'), data.errors, data.classes);
  fillRanking(element('ranking'), data.rows, (place) => {
    open(place);
    document.querySelector('.viewer').scrollIntoView({ block: 'start' });
  });
  addChips();
  data.images.forEach((image, place) => {
    const option = document.createElement('option');
    option.value = place;
    option.textContent = image.name;
    element('image').append(option);
  });
  element('image').addEventListener('change', (event) => open(Number(event.target.value)));
  element('previous').addEventListener('click', () => open(shown - 1));
  element('next').addEventListener('click', () => open(shown + 1));
  element('canvas').addEventListener('keydown', (event) => {
    if (event.key === 'PageUp' || event.key === 'PageDown') {
      event.preventDefault();
      open(shown + (event.key === 'PageUp' ? -1 : 1));
    }
  });
  for (const name of ['picture', 'gt', 'pred']) {
    element(name).addEventListener('change', (event) => {
      viewer.visible[name] = event.target.checked;
      viewer.draw();
    });
  }
  element('in').addEventListener('click', () => viewer.zoom(1.4));
  element('out').addEventListener('click', () => viewer.zoom(1 / 1.4));
  element('fit').addEventListener('click', () => viewer.fit());
  // For tests and the curious.
  window.report = { data, viewer, open };
  viewer.resize();
  open(0);
})();
