/**
 * Build-time generator of the native bindings: reads a self-contained C header and writes the Java API that jextract
 * would write for it, and a C file that checks the header against the system's own. Uses the JDK alone; nothing of it
 * is shipped.
 *
 * <p>The way of a header: {@code Tokenizer}, {@code Preprocessor} (constants apart from declarations),
 * {@code HeaderParser} with {@code ConstantEvaluator}, {@code Header} (the model), and then the writers. What lies
 * outside the C subset is refused with file, line and reason; nothing is guessed.
 */
package io.shadowmesh.bindgen;
