// The module of the suspects: `gradlane_backend` gives the table of the one named by $GRADLANE_SUSPECT, made of entries of
// the module $GRADLANE_REFEREE_BASE.
#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <new>

#include "directed.hpp"

namespace gradlane::referee {
namespace {

template <class Entry>
struct entry_context {
  const suspect* who;
  const Entry* base;
  std::size_t width;
};

template <class Entry>
const entry_context<Entry>& context_of(const Entry* self) {
  return *static_cast<const entry_context<Entry>*>(self->context);
}

gradlane_status answered(const suspect& who, gradlane_status status, void** made, char* message, std::size_t size) {
  return who.beside.answer == nullptr ? status : who.beside.answer(status, made, message, size);
}

/// Plan: plan_of<Entry>, or what derives from it.
template <class Plan, class Entry>
gradlane_status prepare(const Entry* self, const gradlane_shape* asked, void** made, char* message, std::size_t size) {
  const auto& [who, base, width] = context_of(self);
  if (made == nullptr || asked == nullptr)
    return answered(*who, base->prepare(base, asked, made, message, size), made, message, size);
  *made = nullptr;
  gradlane_shape shape = *asked;
  if (who->beside.request != nullptr) who->beside.request(shape);
  void* inner = nullptr;
  const gradlane_status status = base->prepare(base, &shape, &inner, message, size);
  if (status != GRADLANE_OK) return answered(*who, status, made, message, size);
  try {
    auto p = std::make_unique<Plan>();
    p->who = who, p->base = base, p->inner = inner, p->shape = shape, p->width = width;
    if (shape.data_count > 0) p->arrays.assign(shape.data, shape.data + shape.data_count);
    *made = p.release();
    return answered(*who, status, made, message, size);
  } catch (const std::bad_alloc&) {
    base->release(inner);
    if (size > 0) std::snprintf(message, size, "out of memory");
    return GRADLANE_OUT_OF_MEMORY;
  }
}

template <class T>
gradlane_status conduct(plan& p, const void* x, void* value, void* gradient, char* message, std::size_t size) {
  call<T> c{p, static_cast<const T*>(x), static_cast<T*>(value), static_cast<T*>(gradient), message, size};
  const auto from = reinterpret_cast<std::uintptr_t>(x), to = reinterpret_cast<std::uintptr_t>(gradient);
  const bool primal = (p.base->flags & GRADLANE_VALUE_ONLY) != 0;
  // What is no sound call is the base's to refuse.
  if (primal || !x || !value || !gradient || (from < to + c.span() * sizeof(T) && to < from + c.span() * sizeof(T)))
    return c.sound();
  gradlane_status s;
  if constexpr (sizeof(T) == 8)
    s = p.who->f64(c);
  else
    s = p.who->f32(c);
  ++p.calls;
  return s;
}

gradlane_status evaluate_by(const suspect& who, plan* p, const void* x, void* value, void* gradient, char* message,
                            std::size_t size) {
  gradlane_status status = GRADLANE_OK;
  if (who.beside.arguments != nullptr && who.beside.arguments(p, x, value, gradient, status)) return status;
  if (p == nullptr) {
    if (size > 0) std::snprintf(message, size, "no plan");
    return GRADLANE_BAD_ARGUMENT;
  }
  return p->base->dtype == GRADLANE_F64 ? conduct<double>(*p, x, value, gradient, message, size)
                                        : conduct<float>(*p, x, value, gradient, message, size);
}

const suspect* chosen();

/// An exception crosses only where the suspect is known for it.
gradlane_status evaluate(void* made, const void* x, void* value, void* gradient, char* message, std::size_t size) {
  try {
    return evaluate_by(*chosen(), static_cast<plan*>(made), x, value, gradient, message, size);
  } catch (const std::bad_alloc&) {
    return GRADLANE_OUT_OF_MEMORY;
  }
}

gradlane_status evaluate_products(void* made, const void* x, const void* v, void* value, void* gradient, void* product,
                                  char* message, std::size_t size) {
  auto* const p = static_cast<directed_plan*>(made);
  directed_arguments given{p, x, v, value, gradient, product};
  if (p != nullptr) {
    const directed_call sizes{*p, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, 0};
    given.size_of_x = sizes.span_of_x() * sizeof(double), given.size_of_v = sizes.span() * sizeof(double);
  }
  gradlane_status status = GRADLANE_OK;
  if (chosen()->product_arguments != nullptr && chosen()->product_arguments(given, status)) return status;
  if (p == nullptr) {
    if (size > 0) std::snprintf(message, size, "no plan");
    return GRADLANE_BAD_ARGUMENT;
  }
  directed_call c{*p,
                  static_cast<const double*>(x),
                  static_cast<const double*>(v),
                  static_cast<double*>(value),
                  static_cast<double*>(gradient),
                  static_cast<double*>(product),
                  message,
                  size};
  if (given.any_null() || given.gradient_overlaps() || given.product_overlaps()) return c.sound();
  try {
    status = p->who->product(c);
  } catch (const std::bad_alloc&) {
    return GRADLANE_OUT_OF_MEMORY;
  }
  ++p->calls;
  return status;
}

template <class Plan>
void release(void* made) {
  delete static_cast<Plan*>(made);
}

template <class Entry>
std::size_t held(const plan_of<Entry>& p) {
  return p.base->bytes(p.inner) + sizeof p + p.kept_x.capacity() + p.kept_value.capacity() +
         p.kept_gradient.capacity() + p.scratch.capacity() +
         (p.aside && p.bytes_aside != nullptr ? p.bytes_aside(p.aside.get()) : 0);
}
std::size_t bytes(const void* made) {
  if (made == nullptr) return 0;
  const plan& p = *static_cast<const plan*>(made);
  return p.who->beside.bytes != nullptr ? p.who->beside.bytes(p, p.base->bytes(p.inner)) : held(p);
}
std::size_t bytes_of_products(const void* made) {
  if (made == nullptr) return 0;
  const directed_plan& p = *static_cast<const directed_plan*>(made);
  std::size_t sum = held(p);
  for (const std::vector<double>* own : {&p.kept_v, &p.kept_product, &p.copy_of_v, &p.other})
    sum += own->capacity() * sizeof(double);
  return sum;
}

/// A fault of the referee itself, which must not pass for a mutant that was caught.
[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s%s\n", module_complaint, why.c_str());
  std::exit(2);
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr || *value == 0) give_up(std::string(name) + " is not set");
  return value;
}

const suspect* chosen() {
  static const suspect* const found = [] {
    const std::string name = variable(suspect_variable);
    for (const suspect& s : suspects())
      if (s.name == name) return &s;
    give_up("there is no suspect " + name);
  }();
  return found;
}

const gradlane_backend_table& base_table() {
  static const gradlane_backend_table* const table = [] {
    const std::string file = variable(base_variable);
    void* const module = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* const entry = module == nullptr ? nullptr : dlsym(module, GRADLANE_ENTRY_POINT);
    if (entry == nullptr) give_up(dlerror());
    return reinterpret_cast<gradlane_entry_point>(entry)();
  }();
  return *table;
}

std::string path_of(const auto& entry) { return std::string(entry.problem) + '/' + entry.method + '/' + entry.lanes; }

/// What lasts as long as the table.
struct made_table {
  std::deque<entry_context<gradlane_implementation>> contexts;
  std::deque<entry_context<gradlane_curvature>> product_contexts;
  std::vector<gradlane_implementation> entries;
  std::vector<gradlane_curvature> product_entries;
  gradlane_backend_table table{};
};

void add(made_table& made, const suspect& who, const gradlane_implementation& base) {
  const gradlane_backend_table& of = base_table();
  made.contexts.push_back({&who, &base, base.dtype == GRADLANE_F64 ? of.lanes_f64 : of.lanes_f32});
  gradlane_implementation e = base;
  e.context = &made.contexts.back();
  e.prepare = prepare<plan, gradlane_implementation>, e.evaluate = evaluate, e.release = release<plan>, e.bytes = bytes;
  if (who.beside.entry != nullptr) who.beside.entry(e);
  made.entries.push_back(e);
}
void add(made_table& made, const suspect& who, const gradlane_curvature& base) {
  made.product_contexts.push_back({&who, &base, base_table().lanes_f64});
  gradlane_curvature e = base;
  e.context = &made.product_contexts.back();
  e.prepare = prepare<directed_plan, gradlane_curvature>, e.evaluate = evaluate_products;
  e.release = release<directed_plan>, e.bytes = bytes_of_products;
  made.product_entries.push_back(e);
}

template <class Entry>
void add_all(made_table& made, const suspect& who, const Entry* entries, std::size_t count) {
  for (const char* path : who.of) {
    bool found = false;
    for (std::size_t k = 0; k < count; ++k)
      if (path_of(entries[k]) == path) add(made, who, entries[k]), found = true;
    if (!found) give_up(std::string("the base has no ") + path);
  }
}

made_table make_table() {
  made_table made;
  const gradlane_backend_table& base = base_table();
  const suspect& who = *chosen();
  made.table = base;
  made.table.name = "suspect";
  made.table.absences = nullptr, made.table.absence_count = 0;
  made.table.probes = nullptr, made.table.probe_count = 0;
  made.table.work = nullptr, made.table.work_count = 0;
  made.table.curvatures = nullptr, made.table.curvature_count = 0;
  if (who.product == nullptr) {
    add_all(made, who, base.implementations, base.count);
    made.table.implementations = made.entries.data(), made.table.count = made.entries.size();
  } else {  // beside the base's own gradients, which the driver holds products against
    add_all(made, who, base.curvatures, base.curvature_count);
    made.table.curvatures = made.product_entries.data(), made.table.curvature_count = made.product_entries.size();
  }
  return made;
}

}  // namespace

const std::vector<suspect>& suspects() {
  static const std::vector<suspect> all = [] {
    std::vector<suspect> joined;
    for (auto family : {wrong_numbers, wrong_extremes, wrong_calls, wrong_threads, wrong_memory, wrong_interface,
                        wrong_products, twins})
      for (suspect& s : family()) joined.push_back(std::move(s));
    return joined;
  }();
  return all;
}

const gradlane_implementation* in_precision(const gradlane_implementation& base, gradlane_dtype dtype) {
  const gradlane_backend_table& table = base_table();
  for (std::size_t k = 0; k < table.count; ++k)
    if (table.implementations[k].dtype == dtype && path_of(table.implementations[k]) == path_of(base))
      return &table.implementations[k];
  return nullptr;
}

}  // namespace gradlane::referee

extern "C" __attribute__((visibility("default"))) const std::vector<gradlane::referee::suspect>*
gradlane_referee_suspects() {
  return &gradlane::referee::suspects();
}

extern "C" __attribute__((visibility("default"))) const gradlane_backend_table* gradlane_backend(void) {
  static const gradlane::referee::made_table made = gradlane::referee::make_table();
  return &made.table;
}
