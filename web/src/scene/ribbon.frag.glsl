// The shaft and the head of an arrow, and on wide ribbons faint chevrons that say which way the numbers flow.

precision highp float;

in float across;
in float along;
flat in float whole;
flat in float halfWidth;
flat in float light;

uniform vec3 ribbon;
uniform vec3 ground;
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
  float coverage = clamp((edge - abs(across)) / pixelAcross + 0.5, 0.0, 1.0);
  if (coverage <= 0.0) discard;
  // What is lit stands out when it is thin, and does not shout when it is broad.
  float broad = smoothstep(8.0, 40.0, 2.0 / pixelAcross);
  vec3 colour = light > 0.0 ? mix(mix(ribbon, accent, light), ground, 0.6 * broad) : ribbon;
  float flow = fract((along / halfWidth + abs(across) * 0.8) / CHEVRON_STEP) * CHEVRON_STEP;
  float chevron = clamp((0.35 - abs(flow - 1.0)) / pixelAlong + 0.5, 0.0, 1.0) * (1.0 - smoothstep(0.2, 0.5, pixelAlong));
  colour = mix(colour, ground, 0.45 * chevron * step(headLength, toEnd));
  if (light < -0.5) colour = mix(colour, ground, 0.6);
  fragment = vec4(colour, coverage);
}
