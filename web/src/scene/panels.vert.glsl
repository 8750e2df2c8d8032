// The backdrop of one part of the architecture: a flat sheet behind its boxes, and around it the room that its shade takes.

in vec3 middle;
in vec2 reach;        // half its width and height
in vec2 from;         // where this corner of one of its pieces lies, from the middle

uniform mat4 viewProjection;
uniform vec3 eyeHigh;
uniform vec3 eyeLow;

out vec2 place;
flat out vec2 halfSize;

void main() {
  halfSize = reach;
  place = from;
  vec3 fromEye = (middle - eyeHigh) - eyeLow + vec3(from, 0.0);
  gl_Position = viewProjection * vec4(fromEye, 1.0);
}
