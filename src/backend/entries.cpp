#include "backend/entries.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>

#include "backend/work.hpp"

namespace gradlane::backend {

const char* name_of(lane l) {
  switch (l) {
    case lane::scalar:
      return "scalar";
    case lane::directions:
      return "directions";
    case lane::elements:
      return "elements";
    default:
      return "points";
  }
}

void table::add(const gradlane_implementation& i) { implementations.push_back(i); }
void table::add(const gradlane_curvature& c) { curvatures.push_back(c); }
void table::add(const gradlane_absence& a) { absences.push_back(a); }

namespace {
void require(bool ok, const std::string& what) {
  if (!ok) throw std::invalid_argument(what);
}
/// A sound shape that this implementation does not have.
struct unsupported_shape : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void support(bool has, const std::string& what) {
  if (!has) throw unsupported_shape(what);
}
}  // namespace

shape checked_shape(const entry_limits& entry, const gradlane_shape* s, const problem_facts& facts) {
  require(s != nullptr && s->struct_size == sizeof(gradlane_shape), "the shape is null or of another size");
  require(facts.valid(s->n), "n = " + std::to_string(s->n) + " is not valid: it must be at least " +
                                 std::to_string(facts.least) + " and a multiple of " + std::to_string(facts.multiple));
  require(s->points >= 1, "points must be at least 1");
  require(s->stride >= s->points, "the stride must be at least the number of points");
  require(s->n <= SIZE_MAX / 16 / s->stride, "n times stride overflows");
  require(s->threads >= 1 && s->threads <= 4096, "threads must be from 1 to 4096");
  require(std::isfinite(s->step) && s->step >= 0, "the step must be positive and finite (0: the default)");
  require(s->data != nullptr || s->data_count == 0, "the data arrays are null");
  support(entry.many || s->points == 1, entry.only_one);
  support((entry.flags & GRADLANE_THREADS) != 0 || s->threads == 1, "this implementation does not split over threads");
  support(entry.max_n == 0 || s->n <= entry.max_n, "n may be at most " + std::to_string(entry.max_n) + " here");
  return {s->n, s->points, s->stride, s->threads, s->step};
}
shape checked_shape(const gradlane_implementation& self, const gradlane_shape* s, const problem_facts& facts) {
  return checked_shape(
      {self.flags, self.max_n, (self.flags & GRADLANE_POINTS) != 0, "only the points lanes take more than one point"},
      s, facts);
}

const char* fault(const curvature_arguments& a, std::size_t bytes_of_x, std::size_t bytes_of_v) {
  if (!a.x || !a.v || !a.value || !a.gradient || !a.product)
    return "a null pointer for x, v, value, gradient or product";
  if (overlap(a.gradient, bytes_of_x, a.x, bytes_of_x) || overlap(a.gradient, bytes_of_x, a.v, bytes_of_v))
    return "the gradient overlaps x or v";
  if (overlap(a.product, bytes_of_v, a.x, bytes_of_x) || overlap(a.product, bytes_of_v, a.v, bytes_of_v))
    return "the product overlaps x or v";
  return overlap(a.gradient, bytes_of_x, a.product, bytes_of_v) ? "gradient and product overlap" : nullptr;
}

template <class T>
array_source<T> source_of(const gradlane_shape& s) {
  std::vector<typename array_source<T>::entry> entries;
  for (std::size_t i = 0; i < s.data_count; ++i) {
    const gradlane_array& a = s.data[i];
    require(a.name != nullptr, "a data array without a name");
    entries.push_back({a.name, static_cast<const T*>(a.data), a.rows, a.cols});
  }
  return array_source<T>(std::move(entries));
}
template array_source<float> source_of<float>(const gradlane_shape&);
template array_source<double> source_of<double>(const gradlane_shape&);

gradlane_status report(gradlane_status status, const char* what, char* message, std::size_t size) {
  if (message != nullptr && size > 0) std::snprintf(message, size, "%s", what);
  return status;
}

gradlane_status report_exception(char* message, std::size_t size) {
  try {
    throw;
  } catch (const std::invalid_argument& e) {
    return report(GRADLANE_BAD_ARGUMENT, e.what(), message, size);
  } catch (const unsupported_shape& e) {
    return report(GRADLANE_UNSUPPORTED, e.what(), message, size);
  } catch (const std::bad_alloc&) {
    return report(GRADLANE_OUT_OF_MEMORY, "out of memory", message, size);
  } catch (const std::exception& e) {
    return report(GRADLANE_FAILURE, e.what(), message, size);
  } catch (...) {
    return report(GRADLANE_FAILURE, "unknown exception", message, size);
  }
}

gradlane_pass described(const pass_work& pass, std::size_t element_size) {
  const auto bytes = [&](double elements) { return elements * static_cast<double>(element_size); };
  gradlane_pass p{pass.name,        pass.additions,      pass.multiplications, pass.fused, pass.product,
                  bytes(pass.read), bytes(pass.written), bytes(pass.updated),  {}};
  std::size_t k = 0;
  for (std::size_t code = 0; code < op_codes; ++code)
    if (pass.functions[code] > 0) p.functions[k++] = {function_name(static_cast<op>(code)), pass.functions[code]};
  return p;
}
// sigmoid_from is the last of the functions, exp the first; division comes before both.
static_assert(static_cast<int>(op::sigmoid_from) - static_cast<int>(op::exp) + 2 <= GRADLANE_MAX_FUNCTIONS);

}  // namespace gradlane::backend

namespace gradlane {
GRADLANE_DENSE(, pack<float>, float)
GRADLANE_DENSE(, pack<double>, double)
GRADLANE_MATMUL(, pack<float>, float)
GRADLANE_MATMUL(, pack<double>, double)
}  // namespace gradlane
