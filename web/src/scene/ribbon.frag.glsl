// The shaft and the head of an arrow. A thin one is a line; a broad one is a pane that one sees through, with a rim, which grows
// denser the way the numbers flow and bears faint chevrons.

precision highp float;

in float across;
in float along;
flat in float whole;
flat in float halfWidth;
flat in float light;

uniform vec3 ribbon;
uniform vec3 accent;

out vec4 fragment;

const float HEAD = 2.2;
const float HEAD_LENGTH = 2.6;   // in half widths of the shaft
const float CHEVRON_STEP = 12.0;

void main() {
  float pixelAcross = max(fwidth(across), 1e-4);
  float pixelAlong = max(fwidth(along) / halfWidth, 1e-4);
  float toEnd = (whole - along) / halfWidth;
  // A short ribbon has a short head.
  float headLength = min(HEAD_LENGTH, 0.6 * whole / halfWidth);
  float edge = toEnd < headLength ? mix(1.0, HEAD, headLength / HEAD_LENGTH) * toEnd / headLength : 1.0;
  float inside = (edge - abs(across)) / pixelAcross;
  float coverage = clamp(inside + 0.5, 0.0, 1.0);
  if (coverage <= 0.0) discard;
  float broad = smoothstep(5.0, 36.0, 2.0 / pixelAcross);
  float density = 0.95;
  // A loop of one round at most: see cells.frag.glsl.
  for (int asked = 0; asked < (broad > 0.0 ? 1 : 0); asked++) {
    float flow = fract((along / halfWidth + abs(across) * 0.8) / CHEVRON_STEP) * CHEVRON_STEP;
    float chevron = clamp((0.35 - abs(flow - 1.0)) / pixelAlong + 0.5, 0.0, 1.0) * (1.0 - smoothstep(0.2, 0.5, pixelAlong));
    float pane = mix(0.14, 0.34, along / max(whole, 1e-4)) + 0.16 * chevron * step(headLength, toEnd);
    // What is lit is seen by its hue, also where panes lie over one another.
    pane *= mix(1.0, 0.5, max(light, 0.0));
    float rim = 0.6 * (1.0 - smoothstep(0.8, 2.2, inside));
    density = mix(density, max(pane, rim), broad);
  }
  if (light < -0.5) density *= 0.4;
  fragment = vec4(mix(ribbon, accent, max(light, 0.0)), density * coverage);
}
