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
const float CHEVRON_STEP = 9.0;

void main() {
  float pixelAcross = max(fwidth(across), 1e-4);
  float pixelAlong = max(fwidth(along) / halfWidth, 1e-4);
  float toEnd = (whole - along) / halfWidth;
  float edge = toEnd < HEAD_LENGTH ? HEAD * toEnd / HEAD_LENGTH : 1.0;
  float coverage = clamp((edge - abs(across)) / pixelAcross + 0.5, 0.0, 1.0);
  if (coverage <= 0.0) discard;
  vec3 colour = light > 0.5 ? accent : ribbon;
  float flow = fract((along / halfWidth + abs(across) * 1.2) / CHEVRON_STEP);
  float chevron = smoothstep(0.0, 0.05, flow) * (1.0 - smoothstep(0.12, 0.17, flow)) * (1.0 - smoothstep(0.3, 0.9, pixelAlong));
  colour = mix(colour, ground, 0.4 * chevron);
  if (light < -0.5) colour = mix(colour, ground, 0.6);
  fragment = vec4(colour, coverage);
}
