/* The seam: one C function, `gradlane_backend`, that a shared module exports and that returns a table of
 * implementations. Our own kernels, other AD libraries and anybody's own code (in any language with a C ABI) are
 * compared through it; the drivers know nothing else.
 *
 * Rules for an implementation
 *  - `prepare` allocates and plans all that may be reused; `evaluate` computes value and gradient in one call and
 *    allocates nothing after the first call; `release` frees. The three may be called from any thread, one at a time.
 *  - No pointer is promised to be aligned beyond its element. x and data are read-only, they and the outputs may
 *    change place from call to call. gradient may be x itself only if `evaluate` refuses it or defines it.
 *  - Nothing but status codes crosses: no exception, no signal, no exit. NaN and infinities in x are not errors.
 *  - `struct_size` fields hold sizeof the struct as the caller compiled it.
 *
 * A module may also say what the machine's limit is: probes that measure rates through the module's own instructions,
 * and a work model that counts what a call has to do at the least. It may offer elementary functions by themselves,
 * too, whose errors and times are then measured beside those of others; a module of functions alone has no
 * implementations. And it may offer second derivatives, Hessian-vector products. All of these may be left out (null, 0).
 */
#ifndef GRADLANE_BACKEND_H
#define GRADLANE_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#define GRADLANE_ABI_VERSION 4u
#define GRADLANE_ENTRY_POINT "gradlane_backend"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gradlane_status {
  GRADLANE_OK = 0,
  GRADLANE_BAD_ARGUMENT = 1, /* null pointer, size mismatch, invalid n, step or threads */
  GRADLANE_UNSUPPORTED = 2,  /* a shape that this implementation does not have */
  GRADLANE_OUT_OF_MEMORY = 3,
  GRADLANE_FAILURE = 4 /* anything else; the message says what */
} gradlane_status;

typedef enum gradlane_dtype { GRADLANE_F32 = 32, GRADLANE_F64 = 64 } gradlane_dtype;

enum gradlane_flags {
  GRADLANE_THREADS = 1u << 0,    /* splits its work over threads; without it only threads = 1 is accepted */
  GRADLANE_POINTS = 1u << 1,     /* evaluates many points a call; without it only points = 1 is accepted */
  GRADLANE_STEP = 1u << 2,       /* takes a finite-difference step */
  GRADLANE_VALUE_ONLY = 1u << 3, /* the primal alone: leaves `gradient` untouched (may be null) */
  GRADLANE_SWEEPS = 1u << 4      /* needs a number of sweeps over the objective that grows with n */
};

/* One of the problem's read-only arrays, row-major, elements of the implementation's dtype. A vector has cols = 1,
 * a scalar rows = cols = 1. */
typedef struct gradlane_array {
  const char* name;
  const void* data;
  size_t rows, cols;
} gradlane_array;

typedef struct gradlane_shape {
  size_t struct_size;
  size_t n;      /* inputs of the objective */
  size_t points; /* independent evaluation points, >= 1 */
  size_t stride; /* component i of point p lies at x[i * stride + p], likewise in gradient; >= points */
  int threads;   /* >= 1 */
  double step;   /* relative step c: h = c * max(1, |x|); 0 asks for the method's default; ignored without STEP */
  const gradlane_array* data; /* lives until release */
  size_t data_count;
} gradlane_shape;

typedef struct gradlane_implementation gradlane_implementation;
struct gradlane_implementation {
  const char* problem;
  const char* method;
  const char* lanes; /* "scalar", "directions", "elements", "points" */
  gradlane_dtype dtype;
  uint32_t flags;
  int32_t order;       /* 0: exact up to rounding; else the order of the finite-difference formula */
  double default_step; /* the relative step used for step = 0; 0 without STEP */
  size_t max_n;        /* 0: no limit but memory */
  const void* context; /* the implementation's own; the drivers pass it on untouched */

  /* On success *plan is set. On failure the message (never longer than message_size, always terminated) says what
   * was wrong and *plan is null. */
  gradlane_status (*prepare)(const gradlane_implementation* self, const gradlane_shape* shape, void** plan,
                             char* message, size_t message_size);
  /* value[points], gradient laid out as x. */
  gradlane_status (*evaluate)(void* plan, const void* x, void* value, void* gradient, char* message,
                              size_t message_size);
  void (*release)(void* plan);
  /* Bytes held by the plan beyond x, data and outputs. */
  size_t (*bytes)(const void* plan);
};

/* A pair that makes no sense, with the reason: for --list. */
typedef struct gradlane_absence {
  const char* problem; /* null: for every problem */
  const char* method;
  const char* lanes;
  const char* reason;
} gradlane_absence;

/* What one run of a probe did, all threads together. */
typedef struct gradlane_probe_result {
  double operations; /* of the kind that the probe is named after; 0 for a probe of memory */
  double bytes;      /* read, written and updated; an update counts twice */
  double value;      /* a number that depends on all that was computed or read */
} gradlane_probe_result;

/* A microkernel that keeps one part of the machine busy and leaves the others idle.
 *  - Without arrays: "add", "multiply", "multiply_add" (fused, one operation), "add_multiply" (as many of each, for
 *    machines that have units for both), on registers.
 *  - With `operands` arrays to read: the functions by their names in gradlane_pass, one operation an element.
 *  - Of memory, where read + written + updated > 0: how many arrays it streams through in each way, in this order.
 */
typedef struct gradlane_probe gradlane_probe;
struct gradlane_probe {
  const char* name;
  gradlane_dtype dtype;
  uint32_t operands;
  uint32_t read, written, updated;
  /* Goes `repetitions` times over `count` elements (of each array), or a few less; every thread over its own part of
   * them, without waiting for the others in between. */
  gradlane_status (*run)(const gradlane_probe* self, void* const* arrays, size_t count, size_t repetitions, int threads,
                         gradlane_probe_result* result);
};

/* How often a function occurs: "divide", "sqrt", "exp", "log", … */
typedef struct gradlane_function_count {
  const char* name;
  double count;
} gradlane_function_count;

#define GRADLANE_MAX_FUNCTIONS 12
#define GRADLANE_MAX_PASSES 48

/* The least that one pass over memory does. Passes come one after the other: a later one needs what an earlier one
 * found (log_sum_exp: its maximum, the sum of the exponentials, and the scaling by it). */
typedef struct gradlane_pass {
  const char* name;              /* "max", "clear", "value", "gradient", "scale" */
  double additions;              /* and subtractions, negations */
  double multiplications;        /* without an addition */
  double fused;                  /* multiply-adds in one instruction */
  double product;                /* how many of these are of a product of matrices, which nothing else can do */
  double read, written, updated; /* bytes of distinct memory; an update reads and writes in place */
  gradlane_function_count functions[GRADLANE_MAX_FUNCTIONS]; /* the first with a null name ends the list */
} gradlane_pass;

/* What a call for value and gradient of one point has to do. */
typedef struct gradlane_work_model gradlane_work_model;
struct gradlane_work_model {
  const char* problem;
  gradlane_dtype dtype;
  /* Fills at most `most` passes and returns how many there are; 0 for an invalid n. */
  size_t (*passes)(size_t n, gradlane_pass* passes, size_t most);
};

/* An elementary function on an array of numbers. */
typedef struct gradlane_function gradlane_function;
struct gradlane_function {
  const char* name; /* "exp", "log", "log1p", "expm1", "sin", "cos", "tanh", "sigmoid", "softplus" */
  gradlane_dtype dtype;
  double bound; /* the largest error in ulp that it promises, for all numbers there are; 0: it promises nothing */
  /* out[i] = f(in[i]) for i < count, on the calling thread, and on any number of threads at a time. Neither array is
   * promised to be aligned beyond its element; out may be in itself, but may not overlap it otherwise. */
  gradlane_status (*apply)(const gradlane_function* self, const void* in, void* out, size_t count);
};

/* Second derivatives of a problem by one method: the product of the Hessian with a direction, ∇²L(x)·v, in one call with
 * value and gradient. The rules for an implementation above hold here too: x and v are read-only, none of the outputs may
 * overlap another or an input. Of gradlane_flags THREADS, POINTS and SWEEPS occur. What lies where depends on the lanes:
 *  - "elements": one point x, one direction v, one product, of n numbers each; shape.points is 1.
 *  - "directions": one point x of n numbers, and shape.points directions: component i of direction d at
 *    v[i * shape.stride + d], likewise in product; value and gradient (n numbers) are those of the one point.
 *  - "points": shape.points points, each with a direction of its own; x, v, gradient and product are laid out as x is in
 *    gradlane_shape, value[shape.points]. */
typedef struct gradlane_curvature gradlane_curvature;
struct gradlane_curvature {
  const char* problem;
  const char* method;
  const char* lanes; /* "elements", "directions", "points" */
  gradlane_dtype dtype;
  uint32_t flags;
  size_t max_n;        /* 0: no limit but memory */
  const void* context; /* the entry's own; the drivers pass it on untouched */

  /* As for an implementation; shape.step is ignored. */
  gradlane_status (*prepare)(const gradlane_curvature* self, const gradlane_shape* shape, void** plan, char* message,
                             size_t message_size);
  gradlane_status (*evaluate)(void* plan, const void* x, const void* v, void* value, void* gradient, void* product,
                              char* message, size_t message_size);
  void (*release)(void* plan);
  /* Bytes held by the plan beyond x, v, data and outputs. */
  size_t (*bytes)(const void* plan);
};

typedef struct gradlane_backend_table {
  uint32_t abi_version;         /* GRADLANE_ABI_VERSION; first, so that it can be read whatever follows */
  uint32_t implementation_size; /* sizeof(gradlane_implementation) as compiled into the module */
  const char* name;             /* "avx2", "codipack", … : the backend part of a benchmark's name */
  const char* compiler;         /* "GNU 12.2.0" */
  const char* flags;            /* the flags that matter for the machine code */
  const char* library;          /* "xsimd 8.1.0", "" where none */
  const char* build_type;       /* "Release", … */
  uint32_t lanes_f64;           /* lanes a register holds; 1 where none */
  uint32_t lanes_f32;
  const gradlane_implementation* implementations;
  size_t count;
  const gradlane_absence* absences;
  size_t absence_count;
  const gradlane_probe* probes;
  size_t probe_count;
  const gradlane_work_model* work;
  size_t work_count;
  const gradlane_function* functions;
  size_t function_count;
  const gradlane_curvature* curvatures;
  size_t curvature_count;
} gradlane_backend_table;

typedef const gradlane_backend_table* (*gradlane_entry_point)(void);

#ifdef __cplusplus
}
#endif

#endif
