// The module of the suspects: `gradlane_backend` gives the table of the one named by $GRADLANE_SUSPECT, made of entries of
// the module $GRADLANE_REFEREE_BASE.
#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <new>

#include "suspect.hpp"

namespace gradlane::referee {
namespace {

struct entry_context {
  const suspect* who;
  const gradlane_implementation* base;
  std::size_t width;
};

const entry_context& context_of(const gradlane_implementation* self) {
  return *static_cast<const entry_context*>(self->context);
}

gradlane_status answered(const suspect& who, gradlane_status status, void** made, char* message, std::size_t size) {
  return who.beside.answer == nullptr ? status : who.beside.answer(status, made, message, size);
}

gradlane_status prepare(const gradlane_implementation* self, const gradlane_shape* asked, void** made, char* message,
                        std::size_t size) {
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
    auto p = std::make_unique<plan>();
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

void release(void* made) { delete static_cast<plan*>(made); }

std::size_t bytes(const void* made) {
  if (made == nullptr) return 0;
  const plan& p = *static_cast<const plan*>(made);
  const std::size_t of_the_base = p.base->bytes(p.inner);
  if (p.who->beside.bytes != nullptr) return p.who->beside.bytes(p, of_the_base);
  return of_the_base + sizeof p + p.kept_x.capacity() + p.kept_value.capacity() + p.kept_gradient.capacity() +
         p.scratch.capacity() + (p.aside && p.bytes_aside != nullptr ? p.bytes_aside(p.aside.get()) : 0);
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

std::string path_of(const gradlane_implementation& i) {
  return std::string(i.problem) + '/' + i.method + '/' + i.lanes;
}

/// What lasts as long as the table.
struct made_table {
  std::deque<entry_context> contexts;
  std::vector<gradlane_implementation> entries;
  gradlane_backend_table table{};
};

void add(made_table& made, const suspect& who, const gradlane_implementation& base, std::size_t width) {
  made.contexts.push_back({&who, &base, width});
  gradlane_implementation e = base;
  e.context = &made.contexts.back();
  e.prepare = prepare, e.evaluate = evaluate, e.release = release, e.bytes = bytes;
  if (who.beside.entry != nullptr) who.beside.entry(e);
  made.entries.push_back(e);
}

made_table make_table() {
  made_table made;
  const gradlane_backend_table& base = base_table();
  const suspect& who = *chosen();
  for (const char* path : who.of) {
    const std::size_t before = made.entries.size();
    for (std::size_t k = 0; k < base.count; ++k)
      if (path_of(base.implementations[k]) == path)
        add(made, who, base.implementations[k],
            base.implementations[k].dtype == GRADLANE_F64 ? base.lanes_f64 : base.lanes_f32);
    if (made.entries.size() == before) give_up(std::string("the base has no ") + path);
  }
  made.table = base;
  made.table.name = "suspect";
  made.table.implementations = made.entries.data(), made.table.count = made.entries.size();
  made.table.absences = nullptr, made.table.absence_count = 0;
  made.table.probes = nullptr, made.table.probe_count = 0;
  made.table.work = nullptr, made.table.work_count = 0;
  made.table.curvatures = nullptr, made.table.curvature_count = 0;
  return made;
}

}  // namespace

const std::vector<suspect>& suspects() {
  static const std::vector<suspect> all = [] {
    std::vector<suspect> joined;
    for (auto family :
         {wrong_numbers, wrong_extremes, wrong_calls, wrong_threads, wrong_memory, wrong_interface, twins})
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
