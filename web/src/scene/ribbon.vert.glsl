// A ribbon along its line, turned towards the eye, never thinner than a hair.

in vec3 position;      // on the line
in vec3 tangent;
in vec4 place;         // side (-1 or 1), length so far, length of the whole, half width
in float lit;          // 0 quiet, 0.15 on the way, 1 lit, -1 receding

uniform mat4 viewProjection;
uniform vec3 eyeHigh;
uniform vec3 eyeLow;
uniform vec3 forward;
uniform float focalPixels;
uniform float pixelRatio;

out float across;      // in half widths from the middle
out float along;
flat out float whole;
flat out float halfWidth;
flat out float light;

const float HAIR_PIXELS = 0.6;
const float HEAD = 2.2;    // an arrow's head is so many times as wide as its shaft

void main() {
  vec3 fromEye = (position - eyeHigh) - eyeLow;
  float depth = max(dot(fromEye, forward), 1e-3);
  halfWidth = max(place.w, HAIR_PIXELS * pixelRatio * depth / focalPixels);
  vec3 sideways = cross(tangent, fromEye);
  float size = length(sideways);
  sideways = size > 1e-6 ? sideways / size : vec3(0.0);
  across = place.x * HEAD;
  along = place.y;
  whole = place.z;
  light = lit;
  gl_Position = viewProjection * vec4(fromEye + sideways * across * halfWidth, 1.0);
}
