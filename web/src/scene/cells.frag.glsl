// Colours one slab: its frame by the kind of tensor, its cells by their numbers.

precision highp float;
precision highp int;
precision highp sampler2D;

in vec3 local;
flat in ivec4 slab;
flat in vec4 slabLook;
flat in ivec4 slabRead;
flat in ivec4 slabPending;
flat in ivec4 slabProgress;
flat in vec3 facing;
flat in vec3 frameInk;

uniform sampler2D numbers;
uniform sampler2D ramp;
uniform vec3 ground;
uniform vec3 plate;
uniform vec3 hollow;
uniform vec3 maskedInk;

out vec4 fragment;

const int STATISTIC = 3;

const int HOLLOW = 2;

const float MARK = 1e38;

// Loops stand here where branches would do: a renderer without a graphics card runs both sides of a branch for every pixel,
// but leaves a loop at once.

// ---------------------------------------------------------------- cells

struct Blend {
  float share;        // value / scale, of the numbers among the cells
  float hollow;       // how much of the pixel is not computed
  float masked;       // how much of it is minus infinity (or another mark)
};

float numberAt(int offset) {
  return texelFetch(numbers, ivec2(offset & (ATLAS_WIDTH - 1), offset >> ATLAS_WIDTH_BITS), 0).r;
}

// 1 where a cell is still to be computed, else 0; the order is that of progress.ts.
float isPending(ivec2 cell) {
  ivec2 size = slabPending.zw - slabPending.xy;
  ivec2 at = cell - slabPending.xy;
  bool within = all(greaterThanEqual(at, ivec2(0))) && all(lessThan(at, size));
  ivec3 order = slabProgress.xxx & ivec3(1, 2, 4);
  ivec2 turned = order.x != 0 ? at.yx : at;
  ivec2 last = (order.x != 0 ? size.yx : size) - 1;
  int line = order.y != 0 ? last.x - turned.x : turned.x;
  int along = order.z != 0 ? last.y - turned.y : turned.y;
  bool done = line < slabProgress.y || (line == slabProgress.y && along < slabProgress.z);
  return within && !done ? 1.0 : 0.0;
}

void blendIn(inout Blend blend, float value, float pending, float weight) {
  float isHollow = max(pending, value <= -MARK ? 1.0 : 0.0);
  float isMasked = value >= MARK ? 1.0 - isHollow : 0.0;
  blend.hollow += weight * isHollow;
  blend.masked += weight * isMasked;
  blend.share += weight * (1.0 - isHollow - isMasked) * clamp(value * slabLook.x, -1.0, 1.0);
}

// The four cells (or summaries, at a level above 0) around a place, blended over the width of a pixel.
void blendLevel(inout Blend blend, vec2 place, vec2 footprint, int level, float weight) {
  ivec2 size = slab.xy;
  int offset = slab.z;
  for (int i = 0; i < level; i++) {
    offset += size.x * size.y;
    size = (size + 1) >> 1;
  }
  float shrink = exp2(-float(level));
  vec2 centred = place * shrink - 0.5;
  vec2 low = floor(centred);
  vec2 towards = clamp(0.5 + (centred - low - 0.5) / max(footprint * shrink, 1e-4), 0.0, 1.0);
  // A pixel that lies within one cell, as nearly all do when cells are large, needs no more than that one.
  vec2 settled = step(0.5, towards);
  bool single = towards == settled;
  for (int corner = 0; corner < (single ? 1 : 4); corner++) {
    vec2 side = single ? settled : vec2(corner & 1, corner >> 1);
    vec2 shares = mix(1.0 - towards, towards, side);
    ivec2 cell = clamp(ivec2(low + side), ivec2(0), size - 1);
    blendIn(blend, numberAt(offset + cell.y * size.x + cell.x), isPending(cell << level), weight * shares.x * shares.y);
  }
}

// At the cells themselves or between two levels of summaries, such that a summary is about as large as a pixel.
Blend blendAt(vec2 place, vec2 footprint) {
  vec2 relevant = mix(footprint, vec2(1e-4), lessThan(slab.xy, ivec2(2)));
  float major = log2(max(max(relevant.x, relevant.y), 1e-4));
  float minor = log2(max(min(relevant.x, relevant.y), 1e-4));
  float level = max(0.0, major - 0.5 * min(major - minor, 2.0));
  float between = fract(level);
  Blend blend = Blend(0.0, 0.0, 0.0);
  for (int step_ = 0; step_ < (between > 0.0 ? 2 : 1); step_++) {
    blendLevel(blend, place, footprint, int(level) + step_, step_ == 0 ? 1.0 - between : between);
  }
  return blend;
}

vec3 rampColour(float share) {
  float width = float(textureSize(ramp, 0).x);
  return textureLod(ramp, vec2(0.5 + 0.5 * share * (width - 1.0) / width, 0.5), 0.0).rgb;
}

// Coverage of thin diagonal lines, one per cell, by a pixel.
float hatching(vec2 place, float footprint) {
  float distance = abs(fract(place.x + place.y) - 0.5);
  float width = 0.022;
  float line = clamp((width - distance) / (footprint * 1.4) + 0.5, 0.0, 1.0);
  return mix(line, 2.0 * width, smoothstep(0.15, 0.45, footprint));
}

// Gaps between cells, once a cell is some pixels wide.
float gaps(vec2 place, vec2 footprint) {
  vec2 toLine = abs(fract(place + 0.5) - 0.5);
  vec2 gap = clamp((0.025 - toLine) / footprint + 0.5, 0.0, 1.0);
  return max(gap.x, gap.y) * (1.0 - smoothstep(0.1, 0.2, max(footprint.x, footprint.y)));
}

vec3 cellsColour(vec2 place, vec2 footprint) {
  if (slab.z < 0) return mix(mix(plate, frameInk, 0.14), plate, gaps(place, footprint));
  Blend blend = blendAt(place, footprint);
  float full = max(1.0 - blend.hollow, 1e-4);
  vec3 colour = rampColour(blend.share / max(full - blend.masked, 1e-4));
  colour = mix(colour, maskedInk, blend.masked / full);
  colour = mix(colour, mix(ground, hollow, hatching(place, max(footprint.x, footprint.y))), blend.hollow);
  return mix(colour, plate, 0.9 * gaps(place, footprint));
}

// How far a pixel lies outside the cells that were read: 0 within, 1 outside.
float outsideRead(vec2 place, vec2 footprint) {
  vec2 low = vec2(slabRead.xy);
  vec2 high = vec2(slabRead.zw);
  vec2 outside = (abs(place - 0.5 * (low + high)) - 0.5 * (high - low)) / footprint;
  return clamp(max(outside.x, outside.y) + 0.5, 0.0, 1.0);
}

// ---------------------------------------------------------------- frame

// A statistic's frame is dashed, one dash per cell.
vec3 frameColour(vec2 place, vec2 footprint) {
  vec2 beyond = max(-place, place - vec2(slab.xy));
  bool upright = beyond.x > beyond.y;
  float dash = step(fract(upright ? place.y : place.x), 0.55);
  float seen = mix(dash, 0.6, smoothstep(0.2, 0.5, upright ? footprint.y : footprint.x));
  return mix(frameInk, ground, slab.w == STATISTIC ? 1.0 - seen : 0.0);
}

vec3 faceColour(vec2 place, vec2 footprint) {
  vec2 extent = vec2(slab.xy);
  vec2 beyond = max(-place, place - extent) / footprint;
  float onFrame = clamp(max(beyond.x, beyond.y) + 0.5, 0.0, 1.0);
  // What stands before a lit slab is seen through: only its frame is drawn.
  if (int(slabLook.z) == HOLLOW && onFrame < 0.5) discard;
  vec3 colour = cellsColour(clamp(place, vec2(0.0), extent), footprint);
  colour = mix(colour, plate, slabLook.w * outsideRead(place, footprint));
  return mix(colour, frameColour(place, footprint), onFrame);
}

void main() {
  vec2 place = local.xy;
  vec2 footprint = max(vec2(length(vec2(dFdx(place.x), dFdy(place.x))), length(vec2(dFdx(place.y), dFdy(place.y)))), 1e-5);
  bool onSide = abs(facing.z) < 0.5;
  if (onSide && int(slabLook.z) == HOLLOW) discard;
  vec3 colour = onSide ? mix(frameColour(place, footprint), ground, 0.25) : faceColour(place, footprint);
  fragment = vec4(mix(colour, ground, slabLook.y), 1.0);
}
