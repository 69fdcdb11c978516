/* A module that is another one but for one implementation at one n: it takes longer there by a share of its own time, in a
 * busy loop, or its gradient is off. Compiled by the test that needs it, with
 *   REAL (path of the module), PROBLEM, METHOD, LANES (of the implementation), AT (n), SLOWDOWN (0.05), ERROR (1e-6).
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "backend/backend.h"

typedef struct planted_plan {
  void* real;
  int planted;
} planted_plan;

static gradlane_implementation real;

static unsigned long long ticks(void) {
#if defined(__x86_64__)
  return __rdtsc();
#else
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1000000000ull * (unsigned long long)now.tv_sec + (unsigned long long)now.tv_nsec;
#endif
}

static gradlane_status prepare(const gradlane_implementation* self, const gradlane_shape* shape, void** plan,
                               char* message, size_t message_size) {
  planted_plan* p = malloc(sizeof *p);
  (void)self;
  *plan = NULL;
  if (!p) return GRADLANE_OUT_OF_MEMORY;
  const gradlane_status status = real.prepare(&real, shape, &p->real, message, message_size);
  if (status != GRADLANE_OK) {
    free(p);
    return status;
  }
  p->planted = shape->n == AT;
  *plan = p;
  return status;
}

static gradlane_status evaluate(void* plan, const void* x, void* value, void* gradient, char* message,
                                size_t message_size) {
  const planted_plan* p = plan;
  const unsigned long long start = ticks();
  const gradlane_status status = real.evaluate(p->real, x, value, gradient, message, message_size);
  const unsigned long long end = ticks();
  if (!p->planted) return status;
  ((double*)gradient)[0] *= 1 + ERROR;
  while ((double)(ticks() - end) < SLOWDOWN * (double)(end - start)) {
  }
  return status;
}

static void release(void* plan) {
  planted_plan* p = plan;
  if (p) real.release(p->real);
  free(p);
}

static size_t bytes(const void* plan) { return real.bytes(((const planted_plan*)plan)->real); }

const gradlane_backend_table* gradlane_backend(void) {
  static gradlane_backend_table table;
  if (table.abi_version) return &table;
  void* handle = dlopen(REAL, RTLD_NOW | RTLD_LOCAL);
  gradlane_entry_point entry = handle ? (gradlane_entry_point)dlsym(handle, GRADLANE_ENTRY_POINT) : NULL;
  if (!entry) return NULL;
  table = *entry();
  gradlane_implementation* all = malloc(table.count * sizeof *all);
  if (!all) return NULL;
  memcpy(all, table.implementations, table.count * sizeof *all);
  for (size_t i = 0; i < table.count; ++i) {
    gradlane_implementation* one = &all[i];
    if (one->dtype != GRADLANE_F64 || strcmp(one->problem, PROBLEM) || strcmp(one->method, METHOD) ||
        strcmp(one->lanes, LANES))
      continue;
    real = *one;
    one->prepare = prepare;
    one->evaluate = evaluate;
    one->release = release;
    one->bytes = bytes;
  }
  table.implementations = all;
  return &table;
}
