// One flying cell: a plate of its size, with room for a frame around it.

in vec3 position;      // -0.5 to 0.5
in vec3 normal;
in vec4 place;         // middle, size
in vec2 paint;         // share of the colour scale (beyond 1: masked away), rim (0 quiet, 1 lit, 2 followed)

uniform mat4 viewProjection;
uniform vec3 eyeHigh;
uniform vec3 eyeLow;
uniform vec3 forward;
uniform float focalPixels;
uniform float pixelRatio;

out vec2 onFace;       // from the middle, in cells of this size
flat out float rim;    // how thick the frame is, in the same measure
flat out vec2 look;
flat out float isSide;

const float THICKNESS = 0.4;
const float RIM = 0.045;
const float RIM_PIXELS = 0.8;
const float FOLLOWED_RIM_PIXELS = 2.5;

void main() {
  vec3 middle = (place.xyz - eyeHigh) - eyeLow;
  float pixel = pixelRatio * max(dot(middle, forward), 1e-3) / focalPixels / max(place.w, 1e-4);
  rim = max(RIM, min(0.6, (paint.y > 1.5 ? FOLLOWED_RIM_PIXELS : RIM_PIXELS) * pixel));
  onFace = position.xy * (1.0 + 2.0 * rim);
  look = paint;
  isSide = abs(normal.z) < 0.5 ? 1.0 : 0.0;
  vec3 corner = vec3(onFace, position.z * THICKNESS) * place.w;
  gl_Position = viewProjection * vec4(middle + corner, 1.0);
}
