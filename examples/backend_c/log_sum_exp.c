/* A backend of one implementation: log(exp(x_0) + … + exp(x_{n-1})) and its gradient, the softmax, in plain C.
 *
 * An implementation is four functions. `prepare` gets the shape of what will be asked and makes a plan, `evaluate` takes x
 * and gives value and gradient, `release` frees the plan, `bytes` says how much it holds. A table names them; one exported
 * function returns the table. gradlane/backend/backend.h has the rules.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <gradlane/backend/backend.h>

typedef struct {
  size_t n;
} plan_type;

static gradlane_status refuse(gradlane_status status, const char* why, char* message, size_t size) {
  snprintf(message, size, "%s", why);
  return status;
}

/* What an implementation cannot do is a status and a line that says so: whoever asked reads it. */
static gradlane_status prepare(const gradlane_implementation* self, const gradlane_shape* shape, void** plan,
                               char* message, size_t size) {
  (void)self;
  *plan = NULL;
  if (shape->struct_size != sizeof *shape)
    return refuse(GRADLANE_BAD_ARGUMENT, "built for another version of backend.h", message, size);
  if (shape->n == 0) return refuse(GRADLANE_BAD_ARGUMENT, "n must be at least 1", message, size);
  if (shape->points != 1 || shape->threads != 1)
    return refuse(GRADLANE_UNSUPPORTED, "one point on one thread only", message, size);
  plan_type* p = malloc(sizeof *p);
  if (p == NULL) return refuse(GRADLANE_OUT_OF_MEMORY, "no memory for a plan", message, size);
  p->n = shape->n;
  *plan = p;
  return GRADLANE_OK;
}

/* Exponentials of large numbers overflow, so all are shifted by the largest. An infinite one must not shift: ∞ − ∞ is NaN.
 * exp is taken once for each input: the gradient holds it until it is scaled. */
static gradlane_status evaluate(void* plan, const void* x, void* value, void* gradient, char* message, size_t size) {
  (void)message, (void)size;
  const size_t n = ((const plan_type*)plan)->n;
  const double* in = x;
  double* out = gradient;
  double largest = in[0], sum = 0;
  for (size_t i = 1; i < n; ++i) largest = in[i] > largest ? in[i] : largest;
  const double shift = isfinite(largest) ? largest : 0;
  for (size_t i = 0; i < n; ++i) {
    out[i] = exp(in[i] - shift);
    sum += out[i];
  }
  const double scale = 1 / sum;
  for (size_t i = 0; i < n; ++i) out[i] *= scale;
  *(double*)value = shift + log(sum);
  return GRADLANE_OK;
}

static void release(void* plan) { free(plan); }

static size_t bytes(const void* plan) {
  (void)plan;
  return sizeof(plan_type);
}

/* The names of problem, method and lanes are those of the suite: they say what it is measured beside. */
static const gradlane_implementation implementations[] = {{
    .problem = "log_sum_exp",
    .method = "analytic",
    .lanes = "scalar",
    .dtype = GRADLANE_F64,
    .prepare = prepare,
    .evaluate = evaluate,
    .release = release,
    .bytes = bytes,
}};

static const gradlane_backend_table table = {
    .abi_version = GRADLANE_ABI_VERSION,
    .implementation_size = sizeof(gradlane_implementation),
    .name = "mine_c", /* the same as in the sidecar mine_c.json */
    .compiler = __VERSION__,
    .flags = "-O3",
    .library = "",
    .build_type = "Release",
    .lanes_f64 = 1,
    .lanes_f32 = 1,
    .implementations = implementations,
    .count = sizeof implementations / sizeof implementations[0],
};

const gradlane_backend_table* gradlane_backend(void);
const gradlane_backend_table* gradlane_backend(void) { return &table; }
