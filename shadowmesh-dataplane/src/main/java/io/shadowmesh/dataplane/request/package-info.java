/**
 * How another process asks something of a running node: a Unix-domain socket, one request a connection, in lines of
 * text.
 *
 * <pre>
 *   request   NAME [WORD | KEY=VALUE]... LF          at most 4096 bytes, UTF-8
 *   answer    any number of lines "WORD [KEY=VALUE]..." LF
 *             then  "ok [KEY=VALUE]..." LF           what was asked for has been done
 *             or    "error TEXT" LF                  it has not; the text says what to do
 *             or    "stream [KEY=VALUE]..." LF       bytes up to the end of the connection are what was asked for
 * </pre>
 *
 * <p>Words are separated by one space or more. Within a word, a byte below {@code 0x21}, {@code %} and {@code =} are
 * written as {@code %} and two hexadecimal digits. A client that closes its connection ends what it asked for.
 *
 * <p>The socket is the owner's alone (0600). A node answers 8 clients at a time, each on a thread of its own: none holds
 * up the node or another client, and one that takes nothing of its answer for 10 s is left.
 *
 * <p>Uses the JDK alone.
 */
package io.shadowmesh.dataplane.request;
