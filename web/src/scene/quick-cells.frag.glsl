// Colours slabs with nothing special about them, in few steps: one cell or summary a pixel, as cells.frag.glsl does when it is coarse.
// A renderer without a graphics card spends most of a frame on these pixels: what few of them need is left to the other shader.

precision highp float;
precision highp int;
precision highp sampler2D;

in vec2 place;
flat in ivec4 slab;      // columns, rows, offset in the atlas (-1: no numbers), whether this is a side
flat in vec2 strength;   // 1 / colour scale, receding
flat in vec3 frameInk;

uniform sampler2D numbers;
uniform sampler2D ramp;
uniform vec3 ground;
uniform vec3 plate;
uniform vec3 hollow;
uniform vec3 maskedInk;

out vec4 fragment;

const float MARK = 1e38;
const float HATCHED = 0.044;    // of what is not computed

void main() {
  vec2 footprint = max(fwidth(place), 1e-5);
  vec2 relevant = mix(footprint, vec2(1e-4), lessThan(slab.xy, ivec2(2)));
  float major = max(relevant.x, relevant.y);
  // The square of the size of a pixel: between both directions, and at least half of the larger one. A summary is smaller: from afar the
  // colours of large ones would be stronger than those of the same cells at rest.
  float square = max(relevant.x * relevant.y, 0.25 * major * major);
  ivec2 size = slab.xy;
  int offset = slab.z;
  int level = 0;
  for (; square >= 8.0; square *= 0.25) {
    offset += size.x * size.y;
    size = (size + 1) >> 1;
    level++;
  }
  ivec2 cell = clamp(ivec2(place) >> level, ivec2(0), size - 1);
  int at = max(offset + cell.y * size.x + cell.x, 0);
  float value = texelFetch(numbers, ivec2(at & (ATLAS_WIDTH - 1), at >> ATLAS_WIDTH_BITS), 0).r;
  float share = 0.5 + 0.5 * clamp(value * strength.x, -1.0, 1.0);
  vec3 colour = texelFetch(ramp, ivec2(share * float(RAMP_WIDTH - 1) + 0.5, 0), 0).rgb;
  colour = value >= MARK ? maskedInk : value <= -MARK ? mix(ground, hollow, HATCHED) : colour;
  colour = slab.z < 0 ? mix(plate, frameInk, 0.14) : colour;
  // Gaps between cells, once a cell is some pixels wide.
  vec2 pixels = 1.0 / footprint;    // to a cell
  vec2 gap = (abs(fract(place) - 0.5) - 0.475) * pixels;
  float seen = clamp(max(gap.x, gap.y) + 0.5, 0.0, 1.0) * clamp(2.0 - 10.0 * major, 0.0, 1.0);
  colour = mix(colour, plate, (slab.z < 0 ? 1.0 : 0.9) * seen);
  // The frame: light falls from above.
  vec2 beyond = max(-place, place - vec2(slab.xy)) * pixels;
  float onFrame = slab.w == 1 ? 1.0 : clamp(max(beyond.x, beyond.y) + 0.5, 0.0, 1.0);
  vec3 edge = mix(frameInk, vec3(place.y > 0.0 ? 1.0 : 0.0), beyond.y >= beyond.x && slab.w == 0 ? 0.15 : 0.0);
  fragment = vec4(mix(mix(colour, edge, onFrame), ground, strength.y), 1.0);
}
